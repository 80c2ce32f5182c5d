// A corpus on worker processes, by Dask: its shards, through excise's Python
// package.
#ifndef EXCISE_CLI_CORPUS_CLUSTER_H_
#define EXCISE_CLI_CORPUS_CLUSTER_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/python_package.h"
#include "core/error.h"
#include "experiment/corpus/corpus_run.h"
#include "experiment/corpus/corpus_spec.h"

namespace excise {

// Who does the work, where it is not this process.
struct Workers {
  std::optional<uint64_t> count;  // processes on this machine
  std::string address;            // of a scheduler; empty: none

  bool any() const { return count || !address.empty(); }
};

// The folder beside `out` that keeps the journals of shards until all are done.
std::filesystem::path shards_of(const std::filesystem::path& out);

// Removes it, where nothing but such journals is in it.
void remove_shards(const std::filesystem::path& folder);

class CorpusCluster {
 public:
  // Looks for the package and for the scheduler, and gives the spec the number
  // of threads that a worker takes where it says none. Errors: those of
  // PythonPackage; bad_input for texts that other processes cannot read, and
  // where no scheduler answers.
  static Result<CorpusCluster> find(const Workers& workers, CorpusSpec& spec);

  // Measures the shards that `folder` does not have yet, and gives their
  // journals. spec: that of the run. Errors: those of the package; bad_input
  // where `folder` is of another run.
  Result<std::vector<std::filesystem::path>> measure(
      const CorpusRun& run, const CorpusSpec& spec,
      const std::filesystem::path& folder, EarlierJournal earlier,
      bool quiet) const;

 private:
  CorpusCluster(PythonPackage python, Workers workers)
      : python_(std::move(python)), workers_(std::move(workers)) {}
  PythonPackage python_;
  Workers workers_;
};

}  // namespace excise

#endif  // EXCISE_CLI_CORPUS_CLUSTER_H_
