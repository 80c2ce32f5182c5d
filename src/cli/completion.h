// Shell completion, generated from the commands and options themselves.
#ifndef EXCISE_CLI_COMPLETION_H_
#define EXCISE_CLI_COMPLETION_H_

#include <string>
#include <string_view>

#include "cli/command.h"
#include "core/error.h"

namespace excise {

// A script for "bash", "zsh" or "fish"; bad_input for another shell.
Result<std::string> completion_script(const Command& program,
                                      std::string_view shell);

}  // namespace excise

#endif  // EXCISE_CLI_COMPLETION_H_
