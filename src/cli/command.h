// What the commands of the program and their options are declared with. Behind
// it is CLI11, which costs the compiler many seconds in each file that includes
// it: only command.cc does.
#ifndef EXCISE_CLI_COMMAND_H_
#define EXCISE_CLI_COMMAND_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/error.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace excise {

// What a command does, once all was parsed.
using Action = std::function<Status()>;

// Where the value of an option goes; its default is what is there before.
// Borrowed until the command line was parsed. A vector may take many values.
template <typename... Types>
using ReferenceToOneOf = std::variant<std::reference_wrapper<Types>...>;
using OptionValue =
    ReferenceToOneOf<std::string, std::filesystem::path, int, uint64_t, double,
                     std::optional<std::string>, std::optional<uint64_t>,
                     std::optional<double>, std::vector<std::string>,
                     std::vector<std::filesystem::path>>;

// One option of a command, a handle. Those that change it give it back.
class Option {
 public:
  // What stands for its value in the help: "N", "FILE"; "": nothing.
  Option& type(const std::string& name);
  Option& required();
  Option& show_default();
  // The same, of a value that is typed otherwise than it is held.
  Option& show_default(const std::string& text);
  // Whole numbers from least to most.
  Option& range(int64_t least, int64_t most);
  // A vector's option that takes one value each time it is given.
  Option& repeatable();
  // Not both of them.
  Option& excludes(const Option& other);
  // Called on what was typed, before all other checks; gives what is wrong.
  Option& check_first(std::string (*check)(const std::string& typed));

  std::string type() const;
  std::string description() const;
  std::vector<std::string> long_names() const;  // without "--"

 private:
  friend class Command;
  explicit Option(CLI::Option* option) : option_(option) {}
  CLI::Option* option_;
};

// The program, one of its commands, or a group of options, as a handle that is
// valid as long as its CommandLine.
class Command {
 public:
  Command add_command(const std::string& name, const std::string& description);
  // Options of which at most one may be given, with a heading in the help.
  Command add_choice(const std::string& heading,
                     const std::string& description);
  // name: "--name", or "NAME" of an argument without one.
  Option add_option(const std::string& name, OptionValue value,
                    const std::string& description);
  Option add_flag(const std::string& name, bool& value,
                  const std::string& description);
  void footer(const std::string& text);
  void require_command();
  // Where it was chosen, `action` is what the program does.
  void set_action(Action action);

  std::string name() const;
  // As it is typed behind the program: "concept fit"; "" of the program.
  std::string path() const;
  std::string description() const;
  std::string footer() const;
  std::vector<Command> commands() const;  // its choices too
  std::vector<Option> options() const;
  Option option(const std::string& name) const;  // which must be there

 private:
  friend class CommandLine;
  Command(CLI::App* app, Action* action) : app_(app), action_(action) {}
  CLI::App* app_;
  Action* action_;
};

// What could not be parsed.
struct UnparsedCommandLine {
  Command command;                        // the one that was being parsed
  bool is_program;                        // it is the program itself
  std::string message;                    // CLI11's
  std::vector<std::string> unknown = {};  // arguments that nothing takes
};

// Of the whole program; --help is there for all commands.
class CommandLine {
 public:
  CommandLine(const std::string& program, const std::string& description,
              const std::string& version);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  Command program();
  // The action of the command that was chosen, or one that prints the help,
  // where none was, or what was asked for instead: help or version.
  tl::expected<Action, UnparsedCommandLine> parse(int argc,
                                                  const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Action action_;
};

}  // namespace excise

#endif  // EXCISE_CLI_COMMAND_H_
