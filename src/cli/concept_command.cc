#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/concept_apply.h"
#include "cli/concept_job.h"
#include "cli/experiment_options.h"
#include "cli/field_options.h"
#include "experiment/concept/concept_results.h"

namespace excise {
namespace {

struct Options {
  ConceptSpec spec;
  ResultOptions output;
  std::string concept_file;
  std::optional<std::string> fitted;  // a folder of `concept fit`
  FieldOptions fields{concept_fields(spec)};
};

Status run_fit_or_test(Options& options) {
  EXCISE_CHECK(options.fields.take());
  ConceptSpec& spec = options.spec;
  ResultOptions& output = options.output;
  spec.set = EXCISE_TRY(read_concept(options.concept_file));
  output.inputs.emplace_back(options.concept_file);
  if (options.fitted) {
    output.inputs.emplace_back(*options.fitted);
    spec.basis_file =
        (std::filesystem::path(*options.fitted) / kConceptBasisFile).string();
  }
  return run_job(spec, output);
}

void add_common_options(Command command, Options& options) {
  add_model_argument(command, options.spec.model);
  command
      .add_option("--concept", options.concept_file,
                  "a TOML file with texts and words (docs/formats.md)")
      .type("FILE")
      .required();
  options.fields.declare_others(command);
  add_result_options(command, "<concept>", options.output);
}

}  // namespace

void add_concept(Command program) {
  Command command = program.add_command(
      "concept", "find a concept, switch it off and on, see what else breaks");
  command.require_command();
  command.footer(
      "Examples:\n"
      "  excise concept fit baker-7m --concept "
      "experiments/concepts/him-her.toml\n"
      "  excise concept test baker-7m --fitted results/baker-7m-him-her \\\n"
      "      --concept other-texts.toml\n"
      "  excise concept apply baker-7m --fitted results/baker-7m-him-her "
      "--switch off");
  auto fit_options = std::make_shared<Options>();
  Command fit = command.add_command(
      "fit", "a direction for each layer, and the layer that switches best");
  add_common_options(fit, *fit_options);
  fit.set_action([fit_options] { return run_fit_or_test(*fit_options); });
  auto test_options = std::make_shared<Options>();
  Command test = command.add_command(
      "test", "the same figures for an earlier fit, with other texts");
  test.add_option("--fitted", test_options->fitted,
                  "the folder of `concept fit`")
      .type("FOLDER")
      .required();
  test_options->fields.leave_out("method");
  add_common_options(test, *test_options);
  test.set_action([test_options] { return run_fit_or_test(*test_options); });
  add_concept_apply(command);
}

}  // namespace excise
