#include "cli/usage_error.h"

#include <string>
#include <vector>

#include "core/did_you_mean.h"

namespace excise {
namespace {

std::vector<std::string> option_names(const Command& command) {
  std::vector<std::string> names;
  for (const Option& option : command.options()) {
    for (const std::string& name : option.long_names()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> command_names(const Command& program) {
  std::vector<std::string> names;
  for (const Command& command : program.commands()) {
    names.push_back(command.name());
  }
  return names;
}

std::string hint(const std::string& name, const std::vector<std::string>& known,
                 const std::string& help) {
  const std::string text = did_you_mean(name, known);
  return (text.empty() ? "" : text + " ") + "see " + help;
}

}  // namespace

Error usage_error(const UnparsedCommandLine& unparsed) {
  const Command& command = unparsed.command;
  const bool top = unparsed.is_program;
  const std::string where = top ? "excise" : "excise " + command.path();
  const std::string help = where + " --help";
  if (unparsed.unknown.empty()) {
    return make_error(
        ErrorCode::kBadInput,
        {.where = where, .subject = unparsed.message, .hint = "see " + help});
  }
  // "--option=value" is looked up without its value.
  const std::string& first = unparsed.unknown.front();
  const std::string name = first.substr(0, first.find('='));
  const bool is_option = name.starts_with('-') && name != "-";
  const char* what = is_option ? "unknown option "
                     : top     ? "unknown command "
                               : "unexpected argument ";
  const auto known = is_option ? option_names(command)
                     : top     ? command_names(command)
                               : std::vector<std::string>();
  return make_error(ErrorCode::kBadInput, {.where = where,
                                           .subject = what + name,
                                           .hint = hint(name, known, help)});
}

}  // namespace excise
