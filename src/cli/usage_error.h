// What CLI11 could not parse, as an error of the program.
#ifndef EXCISE_CLI_USAGE_ERROR_H_
#define EXCISE_CLI_USAGE_ERROR_H_

#include <CLI/App.hpp>

#include "core/error.h"

namespace excise {

// The error bad_input for what app could not parse; an unknown command or
// option comes with near names.
Error usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace excise

#endif  // EXCISE_CLI_USAGE_ERROR_H_
