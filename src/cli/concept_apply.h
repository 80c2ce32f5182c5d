// `excise concept apply`.
#ifndef EXCISE_CLI_CONCEPT_APPLY_H_
#define EXCISE_CLI_CONCEPT_APPLY_H_

#include "cli/command.h"

namespace excise {

void add_concept_apply(Command concept_command);

}  // namespace excise

#endif  // EXCISE_CLI_CONCEPT_APPLY_H_
