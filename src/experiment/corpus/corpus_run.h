// Measures the windows of a corpus, batch by batch, into a journal.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_RUN_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_RUN_H_

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/corpus/corpus_header.h"
#include "experiment/corpus/corpus_list.h"
#include "experiment/corpus/corpus_spec.h"
#include "model/model.h"

namespace excise {

// Every so many-th batch: which of `count` parts this run does.
struct Shard {
  size_t index = 1;  // from 1
  size_t count = 1;

  bool has(size_t batch) const { return batch % count == index - 1; }
};
// "2/5". Error bad_input.
Result<Shard> parse_shard(std::string_view text);

// What is there when the program starts, decided by who asks for the run.
enum class EarlierJournal { kRefuse, kGoOn, kReplace };

// A corpus that is listed and planned, and not yet measured. Borrows the model
// and the spec.
class CorpusRun {
 public:
  // name, program: as header_of() takes them. Errors: those of
  // check_corpus_spec, list_corpus and TextPlanner::prepare().
  static Result<CorpusRun> prepare(const Model& model, const CorpusSpec& spec,
                                   const std::string& name,
                                   const std::string& program,
                                   const Progress& progress);

  const CorpusList& list() const { return list_; }
  const CorpusHeader& header() const { return header_; }

  // Seconds that the batches of the shard will take, from one that is measured
  // for that.
  Result<double> estimate(const Shard& shard, const Progress& progress) const;

  // Measures what the journal does not have yet. Says by progress.report how
  // many batches are done. Errors: those of the executors; bad_input where a
  // journal is there and kRefuse, or is of another run, naming what differs;
  // io.
  Status measure(const std::filesystem::path& journal, EarlierJournal earlier,
                 const Shard& shard, const Progress& progress) const;

 private:
  CorpusRun(const Model& model, const CorpusSpec& spec, TextPlanner planner)
      : model_(model), spec_(spec), planner_(std::move(planner)) {}
  Result<std::string> measure_batch(size_t batch,
                                    const Progress& progress) const;

  const Model& model_;
  const CorpusSpec& spec_;
  TextPlanner planner_;
  CorpusList list_;
  CorpusHeader header_;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_RUN_H_
