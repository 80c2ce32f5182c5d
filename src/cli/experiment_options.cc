#include "cli/experiment_options.h"

#include <limits>

namespace excise {

void add_model_argument(Command command, std::string& model) {
  command
      .add_option("MODEL", model,
                  "a model folder, a hub id in the local cache, or baker-7m "
                  "(bundled)")
      .type("")
      .required();
}

void add_seed_option(Command command, uint64_t& seed) {
  command.add_option("--seed", seed, "of everything random")
      .type("N")
      .range(0, std::numeric_limits<int64_t>::max())
      .show_default();
}

void add_executor_option(Command command, std::string& executor) {
  command
      .add_option("--executor", executor,
                  "wavefront (one pass for all) or naive (one pass each)")
      .type("NAME")
      .show_default();
}

void add_compute_option(Command command, std::string& compute) {
  command
      .add_option("--compute", compute,
                  "products of differences: f32, bf16 or bf16-emulated")
      .type("TYPE")
      .show_default();
}

void add_memory_limit_option(Command command, std::string& memory_limit) {
  command
      .add_option("--memory-limit", memory_limit,
                  "e.g. 500M or 1.5G; work is split to fit (0: no limit)")
      .type("BYTES")
      .show_default();
}

Option add_unchecked_threads_option(Command command, int& threads) {
  return command.add_option("--threads", threads, "0: one a core")
      .type("N")
      .show_default();
}

void add_threads_option(Command command, int& threads) {
  add_unchecked_threads_option(command, threads).range(0, kMaxThreads);
}

void declare_run_options(Command command, TypedRunOptions& options) {
  add_seed_option(command, options.seed);
  add_executor_option(command, options.executor);
  add_compute_option(command, options.compute);
  add_memory_limit_option(command, options.memory_limit);
  add_threads_option(command, options.threads);
}

Status take_run_options(const TypedRunOptions& options, RunOptions& run) {
  run.seed = options.seed;
  run.executor = EXCISE_TRY(parse_executor(options.executor));
  run.compute = EXCISE_TRY(parse_compute(options.compute));
  run.memory_limit = EXCISE_TRY(parse_bytes(options.memory_limit));
  run.threads = options.threads;
  return {};
}

}  // namespace excise
