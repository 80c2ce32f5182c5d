// What could not be parsed, as an error of the program.
#ifndef EXCISE_CLI_USAGE_ERROR_H_
#define EXCISE_CLI_USAGE_ERROR_H_

#include "cli/command.h"
#include "core/error.h"

namespace excise {

// The error bad_input; an unknown command or option comes with near names.
Error usage_error(const UnparsedCommandLine& unparsed);

}  // namespace excise

#endif  // EXCISE_CLI_USAGE_ERROR_H_
