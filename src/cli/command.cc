#include "cli/command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <sstream>
#include <utility>

#include "cli/print.h"

namespace excise {
namespace {

constexpr size_t kColumnWidth = 28;

// The command that was being parsed last.
CLI::App* innermost(CLI::App* app) {
  const auto chosen = app->get_subcommands();
  return chosen.empty() ? app : innermost(chosen.front());
}

Action printing(std::string text) {
  return [text = std::move(text)]() -> Status {
    write_out(text);
    return {};
  };
}

}  // namespace

Option& Option::type(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::show_default() {
  option_->capture_default_str();
  return *this;
}

Option& Option::show_default(const std::string& text) {
  option_->default_str(text);
  return *this;
}

Option& Option::range(int64_t least, int64_t most) {
  option_->check(CLI::Range(least, most).description(""));
  return *this;
}

Option& Option::repeatable() {
  option_->allow_extra_args(false);
  return *this;
}

Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Option& Option::check_first(std::string (*check)(const std::string& typed)) {
  // A transformation goes before the checks.
  option_->transform(
      CLI::Validator([check](std::string& typed) { return check(typed); }, ""));
  return *this;
}

std::string Option::type() const { return option_->get_type_name(); }

std::string Option::description() const { return option_->get_description(); }

std::vector<std::string> Option::long_names() const {
  return option_->get_lnames();
}

Command Command::add_command(const std::string& name,
                             const std::string& description) {
  return {app_->add_subcommand(name, description), action_};
}

Command Command::add_choice(const std::string& heading,
                            const std::string& description) {
  CLI::App* group = app_->add_option_group(heading, description);
  group->require_option(0, 1);
  return {group, action_};
}

Option Command::add_option(const std::string& name, OptionValue value,
                           const std::string& description) {
  return Option(std::visit(
      [&](auto target) {
        return app_->add_option(name, target.get(), description);
      },
      value));
}

Option Command::add_flag(const std::string& name, bool& value,
                         const std::string& description) {
  return Option(app_->add_flag(name, value, description));
}

void Command::footer(const std::string& text) { app_->footer(text); }

void Command::require_command() { app_->require_subcommand(1); }

void Command::set_action(Action action) {
  app_->callback(
      [chosen = action_, action = std::move(action)] { *chosen = action; });
}

std::string Command::name() const { return app_->get_name(); }

std::string Command::path() const {
  std::string path;
  for (const CLI::App* app = app_; app->get_parent() != nullptr;
       app = app->get_parent()) {
    path = app->get_name() + (path.empty() ? "" : " ") + path;
  }
  return path;
}

std::string Command::description() const { return app_->get_description(); }

std::string Command::footer() const { return app_->get_footer(); }

std::vector<Command> Command::commands() const {
  std::vector<Command> commands;
  for (CLI::App* command : app_->get_subcommands({})) {
    commands.push_back({command, action_});
  }
  return commands;
}

std::vector<Option> Command::options() const {
  std::vector<Option> options;
  for (CLI::Option* option : app_->get_options()) {
    options.push_back(Option(option));
  }
  return options;
}

Option Command::option(const std::string& name) const {
  return Option(app_->get_option(name));
}

CommandLine::CommandLine(const std::string& program,
                         const std::string& description,
                         const std::string& version)
    : app_(std::make_unique<CLI::App>(description, program)) {
  app_->set_version_flag("--version", version);
  app_->require_subcommand(0, 1);
  app_->get_formatter()->column_width(kColumnWidth);
}

CommandLine::~CommandLine() = default;

Command CommandLine::program() { return {app_.get(), &action_}; }

tl::expected<Action, UnparsedCommandLine> CommandLine::parse(
    int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
    return action_ ? action_ : printing(app_->help());
  } catch (const CLI::Success& help_or_version) {
    std::ostringstream text;
    app_->exit(help_or_version, text, text);
    return printing(text.str());
  } catch (const CLI::ParseError& error) {
    CLI::App* app = innermost(app_.get());
    return tl::unexpected(UnparsedCommandLine{.command = {app, &action_},
                                              .is_program = app == app_.get(),
                                              .message = error.what(),
                                              .unknown = app->remaining()});
  }
}

}  // namespace excise
