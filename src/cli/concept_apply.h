// `excise concept apply`.
#ifndef EXCISE_CLI_CONCEPT_APPLY_H_
#define EXCISE_CLI_CONCEPT_APPLY_H_

#include <CLI/App.hpp>

#include "cli/commands.h"

namespace excise {

void add_concept_apply(CLI::App& concept_command, Action& action);

}  // namespace excise

#endif  // EXCISE_CLI_CONCEPT_APPLY_H_
