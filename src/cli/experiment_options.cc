#include "cli/experiment_options.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <limits>

namespace excise {

void add_model_argument(CLI::App& command, std::string& model) {
  command
      .add_option("MODEL", model,
                  "a model folder, a hub id in the local cache, or baker-7m "
                  "(bundled)")
      ->type_name("")
      ->required();
}

void add_seed_option(CLI::App& command, uint64_t& seed) {
  command.add_option("--seed", seed, "of everything random")
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max())
                  .description(""))
      ->capture_default_str();
}

void add_executor_option(CLI::App& command, std::string& executor) {
  command
      .add_option("--executor", executor,
                  "wavefront (one pass for all) or naive (one pass each)")
      ->type_name("NAME")
      ->capture_default_str();
}

void add_memory_limit_option(CLI::App& command, std::string& memory_limit) {
  command
      .add_option("--memory-limit", memory_limit,
                  "e.g. 500M or 1.5G; work is split to fit (0: no limit)")
      ->type_name("BYTES")
      ->capture_default_str();
}

CLI::Option* add_unchecked_threads_option(CLI::App& command, int& threads) {
  return command.add_option("--threads", threads, "0: one a core")
      ->type_name("N")
      ->capture_default_str();
}

void add_threads_option(CLI::App& command, int& threads) {
  constexpr int kMaxThreads = 1024;
  add_unchecked_threads_option(command, threads)
      ->check(CLI::Range(0, kMaxThreads).description(""));
}

void add_engine_options(CLI::App& command, EngineOptions& options) {
  add_seed_option(command, options.seed);
  add_executor_option(command, options.executor);
  add_memory_limit_option(command, options.memory_limit);
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
