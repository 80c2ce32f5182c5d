#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/median_job.h"
#include "cli/text_source.h"
#include "experiment/common/bundled.h"

namespace excise {
namespace {

struct Options {
  MedianSpec spec;
  ResultOptions output;
  std::optional<std::string> ids;
  std::string percent = "10-90:10", by = "value", replace_with = "median";
  std::string positions = "last";
  TypedRunOptions run;
};

Status median(const Options& options) {
  MedianSpec spec = options.spec;
  if (options.ids) spec.ids = EXCISE_TRY(parse_ids(*options.ids));
  spec.percent = EXCISE_TRY(parse_percents(options.percent));
  spec.by = EXCISE_TRY(parse_top_by(options.by));
  spec.replace_with = EXCISE_TRY(parse_replacement(options.replace_with));
  spec.rows = EXCISE_TRY(parse_median_rows(options.positions));
  EXCISE_CHECK(take_run_options(options.run, spec));
  return run_median_job(spec, options.output);
}

}  // namespace

void add_median(Command program) {
  Command command = program.add_command(
      "median", "set the largest activations of a prompt to their median");
  auto options = std::make_shared<Options>();
  MedianSpec& spec = options->spec;
  add_model_argument(command, spec.model);
  command.add_option("--prompt", spec.prompt, "what the model reads")
      .type("TEXT");
  command.add_option("--ids", options->ids, "the prompt as token ids")
      .type("IDS");
  command
      .add_option("--target", spec.target,
                  "the word whose probability is measured, with its blank: "
                  "\" head\"")
      .type("WORD");
  command.add_option("--target-id", spec.target_id, "the same as a token id")
      .type("ID");
  command.add_flag("--first-token", spec.first_token,
                   "of a target of several tokens measure the first");
  command
      .add_option("--percent", options->percent,
                  "shares of the neurons: 10,50 or FIRST-LAST:STEP")
      .type("LIST")
      .show_default();
  command
      .add_option("--by", options->by,
                  "the largest by signed value or by magnitude")
      .type("NAME")
      .show_default();
  command
      .add_option("--with", options->replace_with,
                  "what they are set to: median, mean or zero")
      .type("NAME")
      .show_default();
  command
      .add_option("--positions", options->positions,
                  "whose activations: those of the last token, or of all")
      .type("NAME")
      .show_default();
  command
      .add_option("--layers", spec.layers,
                  "layers to edit, one after the other: all, 0-11 or 3,5")
      .type("LIST")
      .show_default();
  command
      .add_option("--random", spec.random,
                  "draws of as many random neurons, as a control")
      .type("N")
      .show_default();
  declare_run_options(command, options->run);
  add_result_options(command, "median", options->output);
  command.footer(
      "The bundled model has a prompt of its own: \"He shook his\" with "
      "\" head\".\n"
      "Examples:\n"
      "  excise median baker-7m\n"
      "  excise median baker-7m --prompt \"I beg your\" --target \" pardon\" "
      "--random 20\n"
      "  excise median gpt2-xl --prompt \"The Eiffel Tower is in\" "
      "--target \" Paris\" --layers 0-23");
  command.set_action([options] { return median(*options); });
}

}  // namespace excise
