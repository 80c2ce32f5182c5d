#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/lesion_job.h"
#include "cli/text_source.h"
#include "experiment/common/number_lists.h"

namespace excise {
namespace {

// Held out where nothing else is asked to be tested.
constexpr double kDefaultHoldOut = 1.0 / 3;

struct Options {
  LesionSpec spec;
  ResultOptions output;
  std::string pairs;
  std::optional<std::string> positions;
  std::optional<double> hold_out;
  TypedRunOptions run;
};

Status lesion(const Options& options) {
  LesionSpec spec = options.spec;
  spec.pairs = EXCISE_TRY(
      parse_pairs(EXCISE_TRY(read_text(options.pairs)), options.pairs));
  if (options.positions) {
    const auto numbers =
        EXCISE_TRY(parse_numbers(*options.positions, "--position"));
    spec.positions.assign(numbers.begin(), numbers.end());
  }
  spec.hold_out =
      options.hold_out.value_or(spec.tests.empty() ? kDefaultHoldOut : 0);
  EXCISE_CHECK(take_run_options(options.run, spec));
  ResultOptions output = options.output;
  output.inputs.emplace_back(options.pairs);
  return run_lesion_job(spec, output);
}

}  // namespace

void add_lesion(Command program) {
  Command command = program.add_command(
      "lesion", "zero the neurons that tell two words apart");
  auto options = std::make_shared<Options>();
  LesionSpec& spec = options->spec;
  add_model_argument(command, spec.model);
  command
      .add_option("--pairs", options->pairs,
                  "tab- or comma-separated: a heading of two words, then "
                  "sentences that differ in one word")
      .type("FILE")
      .required();
  command
      .add_option("--test", spec.tests,
                  "a sentence with the words, lesioned before each of them; "
                  "may be repeated")
      .type("TEXT")
      .repeatable();
  command
      .add_option("--position", options->positions,
                  "places in the --test sentences instead: 5 or 5,11")
      .type("LIST");
  command
      .add_option("--hold-out", options->hold_out,
                  "share of the pairs that are tested instead of fitted on "
                  "(default a third without --test, else 0)")
      .type("SHARE");
  command.add_option("--q", spec.q, "false discovery rate of the neurons")
      .type("Q")
      .show_default();
  command.add_flag("--first-token", spec.first_token,
                   "of a word of several tokens read the first");
  command
      .add_option("--layers", spec.layers,
                  "layers to lesion, one after the other: all, 0-11 or 3,5")
      .type("LIST")
      .show_default();
  command
      .add_option("--random", spec.random,
                  "draws of random groups of the same size, as a control")
      .type("N")
      .show_default();
  declare_run_options(command, options->run);
  add_result_options(command, "lesion", options->output);
  command.footer(
      "Examples:\n"
      "  excise lesion baker-7m --pairs experiments/him-her.tsv\n"
      "  excise lesion baker-7m --pairs experiments/him-her.tsv --test \\\n"
      "      \"Robert helped Lucy with her project, and she thanked him.\"");
  command.set_action([options] { return lesion(*options); });
}

}  // namespace excise
