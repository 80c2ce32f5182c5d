#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/corpus_formats.h"
#include "cli/corpus_job.h"

namespace excise {
namespace {

struct Options {
  std::vector<std::string> shards;
  ResultOptions output;
  std::optional<std::string> format;
};

}  // namespace

void add_merge(Command program) {
  Command command =
      program.add_command("merge", "one result of the shards of a corpus");
  auto options = std::make_shared<Options>();
  command
      .add_option("SHARDS", options->shards,
                  "the folders that excise corpus --shard wrote, in any order")
      .type("")
      .required();
  add_format_option(command, options->format);
  add_result_options(command, "merged", options->output);
  command.footer(
      "Examples:\n"
      "  excise merge part-1 part-2 part-3 --out stories-swept");
  command.set_action([options]() -> Status {
    return run_merge_job(
        {options->shards.begin(), options->shards.end()},
        EXCISE_TRY(parse_table_formats(options->format.value_or("csv"))),
        options->output);
  });
}

}  // namespace excise
