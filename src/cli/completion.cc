#include "cli/completion.h"

#include <fmt/format.h>

namespace excise {
namespace {

std::string command_words(const Command& program) {
  std::string words;
  for (const Command& command : program.commands()) {
    words += (words.empty() ? "" : " ") + command.name();
  }
  return words;
}

std::string option_words(const Command& command) {
  std::string words;
  for (const Option& option : command.options()) {
    for (const std::string& name : option.long_names()) {
      words += (words.empty() ? "--" : " --") + name;
    }
  }
  return words;
}

std::string bash_script(const Command& program) {
  std::string cases;
  for (const Command& command : program.commands()) {
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command.name(),
                         option_words(command));
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
                     command_words(program), cases);
}

// A text in single quotes that zsh and fish both take.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c != '\'') out += c;
  }
  return out + "'";
}

std::string fish_script(const Command& program) {
  std::string out = "# excise completion for fish: source this file.\n";
  for (const Command& command : program.commands()) {
    out +=
        fmt::format("complete -c excise -n __fish_use_subcommand -a {} -d {}\n",
                    command.name(), quoted(command.description()));
    for (const Option& option : command.options()) {
      for (const std::string& name : option.long_names()) {
        out += fmt::format(
            "complete -c excise -n '__fish_seen_subcommand_from {}' -l {} -d "
            "{}\n",
            command.name(), name, quoted(option.description()));
      }
    }
  }
  return out;
}

}  // namespace

Result<std::string> completion_script(const Command& program,
                                      std::string_view shell) {
  if (shell == "bash") return bash_script(program);
  if (shell == "zsh") {
    return "#compdef excise\nautoload -U bashcompinit && bashcompinit\n" +
           bash_script(program);
  }
  if (shell == "fish") return fish_script(program);
  return fail(ErrorCode::kBadInput,
              {.where = "completion",
               .subject = "shell",
               .expected = "bash, zsh or fish",
               .found = "\"" + std::string(shell) + "\""});
}

}  // namespace excise
