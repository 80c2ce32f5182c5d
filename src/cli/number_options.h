// What numbers options take, the same for all commands.
#ifndef EXCISE_CLI_NUMBER_OPTIONS_H_
#define EXCISE_CLI_NUMBER_OPTIONS_H_

#include "cli/command.h"

namespace excise {

// Lets the options of all commands that take a number (by the name of their
// type, such as N or T) take what experiment.toml can hold too: whole numbers
// in decimal digits from 0 to 2^63 - 1, and finite numbers. To be called when
// all options are there.
void check_number_options(const Command& program);

}  // namespace excise

#endif  // EXCISE_CLI_NUMBER_OPTIONS_H_
