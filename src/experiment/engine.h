// How an experiment is run, whatever it is: what the specs of the experiments
// beside the sweep have in common.
#ifndef EXCISE_EXPERIMENT_ENGINE_H_
#define EXCISE_EXPERIMENT_ENGINE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/branch_audit.h"
#include "experiment/executor.h"
#include "experiment/json_values.h"
#include "experiment/spec.h"
#include "io/toml_record.h"

namespace excise {

struct Engine {
  uint64_t seed = 0;  // of everything random
  Executor executor = Executor::kWavefront;
  Compute compute = Compute::kF32;
  uint64_t memory_limit = 0;  // bytes; 0: no limit
  int threads = 0;            // 0: as many as there are cores
};

// where: the experiment, for messages. Error bad_input.
Status check_engine(const Engine& engine, std::string_view where);
// random: draws of a control; absurd numbers are refused.
Status check_draws(uint64_t random, std::string_view where);

// What an experiment file has by name.
struct EngineNames {
  std::string executor, compute;
};
EngineNames engine_names(const Engine& engine);
// Error bad_input for a name that is none.
Status take_engine_names(const EngineNames& names, Engine& engine);
// Its keys in an experiment file; both must outlive them.
std::vector<TomlKey> engine_keys(Engine& engine, EngineNames& names);

// What an executor is to do; bfloat16 needs its instructions. where: the
// experiment, for messages. Error: unsupported.
Result<Compute> resolve_compute(Compute compute, std::string_view where);

// Runs branches as the engine says. Where products are rounded, a sample of the
// branches runs in float32 too and goes to audit.rounding. Errors: those of the
// executors and of resolve_compute().
Result<ExecutorOutput> run_branches(const ExecutorInput& input,
                                    const Engine& engine,
                                    std::string_view where,
                                    const Progress& progress,
                                    BranchAudit& audit);

// At the end of a spec in results: seed, executor, compute, memory_limit,
// threads.
void add_engine(Json& spec, const Engine& engine);
// At the end of a manifest: seed, threads (taken), machine, timings.
void add_run(Json& manifest, const Engine& engine, int threads,
             double run_seconds, const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_ENGINE_H_
