#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/field_options.h"
#include "cli/lesion_job.h"
#include "cli/text_source.h"

namespace excise {
namespace {

struct Options {
  LesionSpec spec;
  ResultOptions output;
  std::string pairs;
  PairLines lines;  // of experiment files alone
  FieldOptions fields{lesion_fields(spec, lines)};
};

Status lesion(Options& options) {
  EXCISE_CHECK(options.fields.take());
  LesionSpec& spec = options.spec;
  spec.pairs = EXCISE_TRY(
      parse_pairs(EXCISE_TRY(read_text(options.pairs)), options.pairs));
  options.output.inputs.emplace_back(options.pairs);
  return run_job(spec, options.output);
}

}  // namespace

void add_lesion(Command program) {
  Command command = program.add_command(
      "lesion", "zero the neurons that tell two words apart");
  auto options = std::make_shared<Options>();
  add_model_argument(command, options->spec.model);
  command
      .add_option("--pairs", options->pairs,
                  "tab- or comma-separated: a heading of two words, then "
                  "sentences that differ in one word")
      .type("FILE")
      .required();
  options->fields.declare_others(command);
  add_result_options(command, "lesion", options->output);
  command.footer(
      "Examples:\n"
      "  excise lesion baker-7m --pairs experiments/him-her.tsv\n"
      "  excise lesion baker-7m --pairs experiments/him-her.tsv --test \\\n"
      "      \"Robert helped Lucy with her project, and she thanked him.\"");
  command.set_action([options] { return lesion(*options); });
}

}  // namespace excise
