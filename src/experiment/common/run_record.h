// How an experiment was run, in its results.
#ifndef EXCISE_EXPERIMENT_COMMON_RUN_RECORD_H_
#define EXCISE_EXPERIMENT_COMMON_RUN_RECORD_H_

#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "experiment/common/json_values.h"
#include "run/run_options.h"

namespace excise {

// random: draws of a control; absurd numbers are refused. where: the
// experiment, for messages. Error bad_input.
Status check_draws(uint64_t random, std::string_view where);

// At the end of a manifest: seed, threads (taken), machine, timings.
void add_run(Json& manifest, const RunOptions& options, int threads,
             double run_seconds, const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_RUN_RECORD_H_
