#include "cli/app.h"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <csignal>
#include <memory>
#include <new>
#include <sstream>
#include <system_error>
#include <tuple>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/interrupt.h"
#include "cli/limits.h"
#include "cli/number_options.h"
#include "cli/print.h"
#include "cli/usage_error.h"
#include "experiment/bundled.h"
#include "io/json_problem.h"
#include "io/utf8.h"

namespace excise {
namespace {

void build(CLI::App& app, Action& action) {
  app.description(
      "excise removes a subspace from the activations inside a transformer's "
      "MLP and tells\nwhat that did.");
  app.set_version_flag("--version",
                       fmt::format("excise {}", program_version()));
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(28);
  add_inspect(app, action);
  add_tokenize(app, action);
  add_sweep(app, action);
  add_run(app, action);
  add_reproduce(app, action);
  add_concept(app, action);
  add_lesion(app, action);
  add_median(app, action);
  add_report(app, action);
  add_generate(app, action);
  add_export(app, action);
  add_fit(app, action);
  add_make_model(app, action);
  add_completion(app, action);
  check_number_options(app);
  app.footer(
      "Examples:\n"
      "  excise reproduce\n"
      "  excise sweep baker-7m --text \"The dog did nothing.\" --preset pca\n"
      "  excise COMMAND --help");
  for (CLI::App* command : app.get_subcommands({})) {
    command->footer(command->get_footer() + "\n");
  }
  app.footer(app.get_footer() + "\n");
  action = [&app]() -> Status {
    write_out(app.help());
    return {};
  };
}

Status parse_and_run(int argc, const char* const* argv) {
  CLI::App app("", "excise");
  Action action;
  build(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    std::ostringstream out;
    app.exit(help_or_version, out, out);
    write_out(out.str());
    return {};
  } catch (const CLI::ParseError& error) {
    return tl::unexpected<Error>(usage_error(app, error));
  }
  EXCISE_CHECK(check_interrupted());
  return action();
}

Status run(int argc, const char* const* argv) {
  try {
    reserve_address_space();
    // Until the program's end: what it says last may find no reader either.
    static const CutOff kCutOff;
    EXCISE_CHECK(parse_and_run(argc, argv));
    return flush_out();
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "excise",
                 .subject = "memory",
                 .expected = "more than there is",
                 .hint = "a shorter text, fewer --layers or --memory-limit "
                         "need less"});
  } catch (const std::system_error& error) {
    return fail(ErrorCode::kIo, {.where = "excise", .subject = error.what()});
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal,
                {.where = "excise",
                 .subject = json_problem(error),
                 .hint = "this is a bug in excise, please report it"});
  }
}

}  // namespace

void add_completion(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("completion", "a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required();
  command->footer(
      "Examples:\n"
      "  source <(excise completion bash)\n"
      "  excise completion fish > ~/.config/fish/completions/excise.fish");
  command->callback([&app, &action, shell] {
    action = [&app, shell]() -> Status {
      write_out(EXCISE_TRY(completion_script(app, *shell)));
      return {};
    };
  });
}

int run_program(int argc, const char* const* argv) {
  watch_signals();
  prepare_streams();
  // Writing beyond a file size limit is then an error like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const Status status = run(argc, argv);
    if (status) return 0;
    std::ignore = flush_out();  // of what came before the error
    end_by_broken_pipe();
    write_error(shown(status.error().message) + "\n");
    return static_cast<int>(status.error().code);
  } catch (...) {
    // There was no memory for the message either.
    write_error("[excise] memory: expected more than there is\n");
    return static_cast<int>(ErrorCode::kOutOfMemory);
  }
}

}  // namespace excise
