// Options that commands share, of experiments and others.
#ifndef EXCISE_CLI_EXPERIMENT_OPTIONS_H_
#define EXCISE_CLI_EXPERIMENT_OPTIONS_H_

#include <string>

#include "cli/command.h"
#include "core/error.h"
#include "model/model.h"

namespace excise {

// MODEL, required.
void add_model_argument(Command command, std::string& model);
// --bos, and what it asks of a model. Errors: bad_input, also of a model that
// has no tokenizer.
void add_bos_option(Command command, std::string& bos);
Status use_bos(const std::string& bos, Model& model);
// --threads.
void add_threads_option(Command command, int& threads);

}  // namespace excise

#endif  // EXCISE_CLI_EXPERIMENT_OPTIONS_H_
