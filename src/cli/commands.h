// The commands of the program. Each add_...() declares its options and, where
// it was chosen, puts what it does into `action`.
#ifndef EXCISE_CLI_COMMANDS_H_
#define EXCISE_CLI_COMMANDS_H_

#include <CLI/App.hpp>
#include <functional>

#include "core/error.h"

namespace excise {

using Action = std::function<Status()>;

void add_inspect(CLI::App& app, Action& action);
void add_tokenize(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_concept(CLI::App& app, Action& action);
void add_lesion(CLI::App& app, Action& action);
void add_median(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_reproduce(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_generate(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_fit(CLI::App& app, Action& action);
void add_make_model(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);

}  // namespace excise

#endif  // EXCISE_CLI_COMMANDS_H_
