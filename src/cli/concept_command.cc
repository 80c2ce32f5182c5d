#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/concept_apply.h"
#include "cli/concept_job.h"
#include "cli/experiment_options.h"
#include "experiment/concept/concept_results.h"
#include "intervention/bases/registry.h"

namespace excise {
namespace {

struct Options {
  ConceptSpec spec;
  ResultOptions output;
  std::string concept_file;
  std::optional<std::string> fitted;  // a folder of `concept fit`
  std::string alphas = "0.5,1,2,4", positions = "all";
  TypedRunOptions run;
};

Status run_fit_or_test(const Options& options) {
  ConceptSpec spec = options.spec;
  spec.set = EXCISE_TRY(read_concept(options.concept_file));
  spec.alphas = EXCISE_TRY(parse_alphas(options.alphas));
  spec.positions = EXCISE_TRY(Positions::parse(options.positions));
  EXCISE_CHECK(take_run_options(options.run, spec));
  ResultOptions output = options.output;
  output.inputs.emplace_back(options.concept_file);
  if (options.fitted) {
    output.inputs.emplace_back(*options.fitted);
    spec.basis_file =
        (std::filesystem::path(*options.fitted) / kConceptBasisFile).string();
  }
  return run_concept_job(spec, output);
}

void add_common_options(Command command, Options& options) {
  add_model_argument(command, options.spec.model);
  command
      .add_option("--concept", options.concept_file,
                  "a TOML file with texts and words (docs/formats.md)")
      .type("FILE")
      .required();
  command
      .add_option("--hook", options.spec.hook,
                  "where: a hook, * stands for any layer")
      .type("HOOK")
      .show_default();
  command.add_option("--layers", options.spec.layers, "all, 0-11 or 3,5")
      .type("LIST")
      .show_default();
  command
      .add_option(
          "--alpha", options.alphas,
          "strengths to try, e.g. 0.5,1,2,4; off: 1 removes, above 1 reflects")
      .type("LIST")
      .show_default();
  command
      .add_option("--positions", options.positions,
                  "tokens that are switched: all, 1- or 0,5-9")
      .type("LIST")
      .show_default();
  command
      .add_option("--max-damage", options.spec.max_damage,
                  "nats a token that the control text may change for a layer "
                  "and strength to be chosen (upper end of the 95 % interval)")
      .type("NATS")
      .show_default();
  command
      .add_option("--random", options.spec.random,
                  "random directions of the same size to compare with (0: "
                  "none)")
      .type("N")
      .show_default();
  command
      .add_option("--sample-tokens", options.spec.sample_tokens,
                  "new tokens in the sample continuations (0: none)")
      .type("N")
      .show_default();
  command
      .add_option("--temperature", options.spec.temperature,
                  "of the samples; 0: always the most likely token")
      .type("T")
      .show_default();
  declare_run_options(command, options.run);
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
  fit.add_option("--method", fit_options->spec.method, class_basis_names())
      .type("NAME")
      .show_default();
  fit.set_action([fit_options] { return run_fit_or_test(*fit_options); });
  auto test_options = std::make_shared<Options>();
  Command test = command.add_command(
      "test", "the same figures for an earlier fit, with other texts");
  test.add_option("--fitted", test_options->fitted,
                  "the folder of `concept fit`")
      .type("FOLDER")
      .required();
  add_common_options(test, *test_options);
  test.set_action([test_options] { return run_fit_or_test(*test_options); });
  add_concept_apply(command);
}

}  // namespace excise
