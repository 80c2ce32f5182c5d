#include "cli/completion.h"

#include <fmt/format.h>

#include <vector>

namespace excise {
namespace {

std::vector<const CLI::App*> commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string command_words(const CLI::App& app) {
  std::string words;
  for (const CLI::App* command : commands(app)) {
    words += (words.empty() ? "" : " ") + command->get_name();
  }
  return words;
}

std::string option_words(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      words += (words.empty() ? "--" : " --") + name;
    }
  }
  return words;
}

std::string bash_script(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* command : commands(app)) {
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(),
                         option_words(*command));
  }
  return fmt::format(R"(# excise completion for bash: source this file.
_excise() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{} --help --version" -- "$current"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{}  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _excise excise
)",
                     command_words(app), cases);
}

// A text in single quotes that zsh and fish both take.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c != '\'') out += c;
  }
  return out + "'";
}

std::string fish_script(const CLI::App& app) {
  std::string out = "# excise completion for fish: source this file.\n";
  for (const CLI::App* command : commands(app)) {
    out +=
        fmt::format("complete -c excise -n __fish_use_subcommand -a {} -d {}\n",
                    command->get_name(), quoted(command->get_description()));
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        out += fmt::format(
            "complete -c excise -n '__fish_seen_subcommand_from {}' -l {} -d "
            "{}\n",
            command->get_name(), name, quoted(option->get_description()));
      }
    }
  }
  return out;
}

}  // namespace

Result<std::string> completion_script(const CLI::App& app,
                                      std::string_view shell) {
  if (shell == "bash") return bash_script(app);
  if (shell == "zsh") {
    return "#compdef excise\nautoload -U bashcompinit && bashcompinit\n" +
           bash_script(app);
  }
  if (shell == "fish") return fish_script(app);
  return fail(ErrorCode::kBadInput,
              {.where = "completion",
               .subject = "shell",
               .expected = "bash, zsh or fish",
               .found = "\"" + std::string(shell) + "\""});
}

}  // namespace excise
