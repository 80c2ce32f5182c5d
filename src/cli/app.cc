#include "cli/app.h"

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <tuple>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/interrupt.h"
#include "cli/limits.h"
#include "cli/number_options.h"
#include "cli/print.h"
#include "cli/usage_error.h"
#include "experiment/common/bundled.h"
#include "io/json_problem.h"
#include "io/utf8.h"

namespace excise {
namespace {

void build(Command program) {
  add_inspect(program);
  add_tokenize(program);
  add_task(program);
  add_sweep(program);
  add_corpus(program);
  add_merge(program);
  add_run(program);
  add_reproduce(program);
  add_concept(program);
  add_lesion(program);
  add_median(program);
  add_report(program);
  add_generate(program);
  add_export(program);
  add_fit(program);
  add_make_model(program);
  add_completion(program);
  check_number_options(program);
  program.footer(
      "Examples:\n"
      "  excise reproduce\n"
      "  excise sweep baker-7m --text \"The dog did nothing.\" --preset pca\n"
      "  excise COMMAND --help\n");
  for (Command command : program.commands()) {
    command.footer(command.footer() + "\n");
  }
}

Status parse_and_run(int argc, const char* const* argv) {
  CommandLine line(
      "excise",
      "excise removes a subspace from the activations inside a transformer's "
      "MLP and tells\nwhat that did.",
      fmt::format("excise {}", program_version()));
  build(line.program());
  const auto action = line.parse(argc, argv);
  if (!action) return tl::unexpected<Error>(usage_error(action.error()));
  EXCISE_CHECK(check_interrupted());
  return (*action)();
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

void add_completion(Command program) {
  Command command =
      program.add_command("completion", "a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "bash, zsh or fish").required();
  command.footer(
      "Examples:\n"
      "  source <(excise completion bash)\n"
      "  excise completion fish > ~/.config/fish/completions/excise.fish");
  command.set_action([program, shell]() -> Status {
    write_out(EXCISE_TRY(completion_script(program, *shell)));
    return {};
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
