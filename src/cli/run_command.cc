#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/concept_job.h"
#include "cli/corpus_job.h"
#include "cli/lesion_job.h"
#include "cli/median_job.h"
#include "cli/sweep_job.h"
#include "cli/task_job.h"
#include "experiment/kinds/kinds.h"
#include "io/text_file.h"

namespace excise {
namespace {

struct Options {
  std::string experiment;
  std::optional<std::string> model;
  ResultOptions output;
};

Status run(Options options) {
  options.output.inputs.emplace_back(options.experiment);
  constexpr size_t kMaxBytes = size_t{16} << 20;
  const std::string toml =
      EXCISE_TRY(read_plain_text(options.experiment, kMaxBytes)).text;
  return with_kind_of(toml, [&](const auto& kind) -> Status {
    auto spec = EXCISE_TRY(kind.parse(toml, options.experiment));
    if (options.model) take_model(*options.model, true, spec);
    if (spec.model.empty()) {
      return fail(ErrorCode::kBadInput, {.where = "run",
                                         .subject = options.experiment,
                                         .expected = "a key model",
                                         .found = "none",
                                         .hint = "--model gives one"});
    }
    return run_job(spec, options.output);
  });
}

}  // namespace

void add_run(Command program) {
  Command command = program.add_command(
      "run", "run an experiment that a TOML file describes");
  auto options = std::make_shared<Options>();
  command.add_option("EXPERIMENT", options->experiment, "a TOML file")
      .type("")
      .required();
  command
      .add_option("--model", options->model,
                  "take this model instead of the file's")
      .type("MODEL");
  add_result_options(command, "<experiment>", options->output);
  command.footer(
      "Examples:\n"
      "  excise run experiments/published.toml --model gpt2\n"
      "  excise run results/baker-7m-pca/experiment.toml --out again");
  command.set_action([options] { return run(*options); });
}

}  // namespace excise
