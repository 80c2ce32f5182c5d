// How an experiment was run, in its file and in its results.
#ifndef EXCISE_EXPERIMENT_COMMON_RUN_RECORD_H_
#define EXCISE_EXPERIMENT_COMMON_RUN_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/json_values.h"
#include "io/toml_record.h"
#include "run/run_options.h"

namespace excise {

// random: draws of a control; absurd numbers are refused. where: the
// experiment, for messages. Error bad_input.
Status check_draws(uint64_t random, std::string_view where);

// What an experiment file has by name.
struct RunNames {
  std::string executor, compute;
};
RunNames run_names(const RunOptions& options);
// Error bad_input for a name that is none.
Status take_run_names(const RunNames& names, RunOptions& options);
// Its keys in an experiment file; both must outlive them.
std::vector<TomlKey> run_keys(RunOptions& options, RunNames& names);

// At the end of a spec in results: seed, executor, compute, memory_limit,
// threads.
void add_run_options(Json& spec, const RunOptions& options);
// At the end of a manifest: seed, threads (taken), machine, timings.
void add_run(Json& manifest, const RunOptions& options, int threads,
             double run_seconds, const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_RUN_RECORD_H_
