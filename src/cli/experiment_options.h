// Options that the commands of all experiments share.
#ifndef EXCISE_CLI_EXPERIMENT_OPTIONS_H_
#define EXCISE_CLI_EXPERIMENT_OPTIONS_H_

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "core/error.h"
#include "experiment/common/run_record.h"

namespace excise {

// How the model is run, as typed.
struct TypedRunOptions {
  uint64_t seed = 0;
  std::string executor = "wavefront";
  std::string compute = "f32";
  std::string memory_limit = "0";
  int threads = 0;
};

// MODEL, required.
void add_model_argument(Command command, std::string& model);
// One of them each: --seed, --executor, --compute, --memory-limit.
void add_seed_option(Command command, uint64_t& seed);
void add_executor_option(Command command, std::string& executor);
void add_compute_option(Command command, std::string& compute);
void add_memory_limit_option(Command command, std::string& memory_limit);
// --threads; the number is left to the experiment to check.
Option add_unchecked_threads_option(Command command, int& threads);
// --threads.
void add_threads_option(Command command, int& threads);
// All of these.
void declare_run_options(Command command, TypedRunOptions& options);

// Takes them over. Error: bad_input.
Status take_run_options(const TypedRunOptions& options, RunOptions& engine);

}  // namespace excise

#endif  // EXCISE_CLI_EXPERIMENT_OPTIONS_H_
