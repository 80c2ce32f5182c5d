// The commands of the program. Each add_...() declares one, with its options
// and what it does.
#ifndef EXCISE_CLI_COMMANDS_H_
#define EXCISE_CLI_COMMANDS_H_

#include "cli/command.h"

namespace excise {

void add_inspect(Command program);
void add_tokenize(Command program);
void add_task(Command program);
void add_sweep(Command program);
void add_corpus(Command program);
void add_merge(Command program);
void add_concept(Command program);
void add_lesion(Command program);
void add_median(Command program);
void add_run(Command program);
void add_reproduce(Command program);
void add_report(Command program);
void add_generate(Command program);
void add_export(Command program);
void add_fit(Command program);
void add_make_model(Command program);
void add_completion(Command program);

}  // namespace excise

#endif  // EXCISE_CLI_COMMANDS_H_
