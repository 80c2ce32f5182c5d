#include "cli/usage_error.h"

#include <string>
#include <vector>

#include "core/did_you_mean.h"

namespace excise {
namespace {

// The command that was being parsed when the error came.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    names.push_back(command->get_name());
  }
  return names;
}

std::string hint(const std::string& name, const std::vector<std::string>& known,
                 const std::string& help) {
  const std::string text = did_you_mean(name, known);
  return (text.empty() ? "" : text + " ") + "see " + help;
}

}  // namespace

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = innermost(app);
  const bool top = &command == &app;
  const std::string where = top ? "excise" : "excise " + command.get_name();
  const std::string help = where + " --help";
  const std::vector<std::string> extras = command.remaining();
  if (extras.empty()) {
    return make_error(
        ErrorCode::kBadInput,
        {.where = where, .subject = error.what(), .hint = "see " + help});
  }
  // "--option=value" is looked up without its value.
  const std::string name = extras.front().substr(0, extras.front().find('='));
  const bool is_option = name.starts_with('-') && name != "-";
  const char* what = is_option ? "unknown option "
                     : top     ? "unknown command "
                               : "unexpected argument ";
  const auto known = is_option ? option_names(command)
                     : top     ? command_names(app)
                               : std::vector<std::string>();
  return make_error(ErrorCode::kBadInput, {.where = where,
                                           .subject = what + name,
                                           .hint = hint(name, known, help)});
}

}  // namespace excise
