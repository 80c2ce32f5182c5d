// Options that the commands of all experiments share.
#ifndef EXCISE_CLI_EXPERIMENT_OPTIONS_H_
#define EXCISE_CLI_EXPERIMENT_OPTIONS_H_

#include <CLI/App.hpp>
#include <cstdint>
#include <string>

#include "core/error.h"
#include "experiment/engine.h"

namespace excise {

// How the model is run, as typed.
struct EngineOptions {
  uint64_t seed = 0;
  std::string executor = "wavefront";
  std::string memory_limit = "0";
  int threads = 0;
};

// MODEL, required.
void add_model_argument(CLI::App& command, std::string& model);
// --seed.
void add_seed_option(CLI::App& command, uint64_t& seed);
// --executor.
void add_executor_option(CLI::App& command, std::string& executor);
// --memory-limit.
void add_memory_limit_option(CLI::App& command, std::string& memory_limit);
// --threads; the number is left to the experiment to check.
CLI::Option* add_unchecked_threads_option(CLI::App& command, int& threads);
// --threads.
void add_threads_option(CLI::App& command, int& threads);
// --seed, --executor, --memory-limit, --threads.
void add_engine_options(CLI::App& command, EngineOptions& options);

// Takes them over. Error: bad_input.
Status take_engine_options(const EngineOptions& options, Engine& engine);

}  // namespace excise

#endif  // EXCISE_CLI_EXPERIMENT_OPTIONS_H_
