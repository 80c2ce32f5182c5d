// Options that commands share, of experiments and others.
#ifndef EXCISE_CLI_EXPERIMENT_OPTIONS_H_
#define EXCISE_CLI_EXPERIMENT_OPTIONS_H_

#include <string>

#include "cli/command.h"

namespace excise {

// MODEL, required.
void add_model_argument(Command command, std::string& model);
// --threads.
void add_threads_option(Command command, int& threads);

}  // namespace excise

#endif  // EXCISE_CLI_EXPERIMENT_OPTIONS_H_
