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

void add_threads_option(Command command, int& threads) {
  constexpr int kMaxThreads = 1024;
  command.add_option("--threads", threads, "0: one a core")
      .type("N")
      .range(0, kMaxThreads)
      .show_default();
}

void add_engine_options(Command command, EngineOptions& options) {
  command.add_option("--seed", options.seed, "of everything random")
      .type("N")
      .range(0, std::numeric_limits<int64_t>::max())
      .show_default();
  command
      .add_option("--executor", options.executor,
                  "wavefront (one pass for all) or naive (one pass each)")
      .type("NAME")
      .show_default();
  command
      .add_option("--memory-limit", options.memory_limit,
                  "e.g. 500M or 1.5G; work is split to fit (0: no limit)")
      .type("BYTES")
      .show_default();
  add_threads_option(command, options.threads);
}

Status take_engine_options(const EngineOptions& options, Engine& engine) {
  engine.seed = options.seed;
  engine.executor = EXCISE_TRY(parse_executor(options.executor));
  engine.memory_limit = EXCISE_TRY(parse_bytes(options.memory_limit));
  engine.threads = options.threads;
  return {};
}

}  // namespace excise
