#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/concept_table.h"
#include "cli/experiment_options.h"
#include "cli/result_job.h"
#include "cli/terminal.h"
#include "experiment/concept/concept_results.h"
#include "experiment/concept/concept_run.h"
#include "experiment/spec.h"

namespace excise {
namespace {

struct Options {
  ConceptSpec spec;
  ResultOptions output;
  std::string concept_file;
  std::optional<std::string> fitted;  // a folder of `concept fit`
  std::string memory_limit = "0";
};

std::string printed(const ResultPlace& place, const ConceptResult& result) {
  const Terminal terminal = detect_terminal();
  return fmt::format("{}: {} layers, {} tokens fitted on, {:.2f} s\n\n{}\n{}\n",
                     place.provenance.model_name, result.layers.size(),
                     result.n_fitted, result.seconds,
                     concept_table(result, terminal),
                     wrapped(concept_summary(result), terminal.width));
}

Status run_fit_or_test(const Options& options) {
  ConceptSpec spec = options.spec;
  spec.set = EXCISE_TRY(read_concept(options.concept_file));
  spec.memory_limit = EXCISE_TRY(parse_bytes(options.memory_limit));
  EXCISE_CHECK(check_concept_spec(spec));
  std::optional<BasisSet> fitted;
  if (options.fitted) {
    const auto file =
        std::filesystem::path(*options.fitted) / "basis.safetensors";
    fitted = EXCISE_TRY(read_basis_file(file));
    spec.method = fitted->basis;
  }
  return run_result_job(
      spec.model, spec.set.name + (fitted ? "-test" : ""), options.output,
      [&](const ResultPlace& place) -> Result<Printout> {
        if (fitted) {
          EXCISE_CHECK(fitted->check_model(
              place.model.weights.file().fingerprint(), *options.fitted));
        }
        const ConceptResult result = EXCISE_TRY(run_concept(
            place.model, spec, fitted ? &*fitted : nullptr, place.progress));
        return Printout{
            EXCISE_TRY(write_concept_results(place.folder, place.model, result,
                                             place.provenance)),
            printed(place, result)};
      });
}

void add_common_options(CLI::App& command, Options& options) {
  add_model_argument(command, options.spec.model);
  command
      .add_option("--concept", options.concept_file,
                  "a TOML file with texts and words (docs/formats.md)")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--hook", options.spec.hook,
                  "where: a hook, * stands for any layer")
      ->type_name("HOOK")
      ->capture_default_str();
  command.add_option("--layers", options.spec.layers, "all, 0-11 or 3,5")
      ->type_name("LIST")
      ->capture_default_str();
  command
      .add_option("--alpha", options.spec.alphas,
                  "strengths to try, e.g. 0.5,1,2,4")
      ->type_name("LIST")
      ->delimiter(',')
      ->default_str("0.5,1,2,4");
  command.add_option("--seed", options.spec.seed, "of everything random")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--memory-limit", options.memory_limit,
                  "e.g. 500M or 1.5G; work is split to fit (0: no limit)")
      ->type_name("BYTES")
      ->capture_default_str();
  command.add_option("--threads", options.spec.threads, "0: one a core")
      ->type_name("N")
      ->capture_default_str();
  add_result_options(command, "<concept>", options.output);
}

}  // namespace

void add_concept(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "concept", "find a concept, switch it off and on, see what else breaks");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  excise concept fit baker-7m --concept "
      "experiments/concepts/him-her.toml\n"
      "  excise concept test baker-7m --fitted results/baker-7m-him-her \\\n"
      "      --concept other-texts.toml");
  auto fit_options = std::make_shared<Options>();
  CLI::App* fit = command->add_subcommand(
      "fit", "a direction for each layer, and the layer that switches best");
  add_common_options(*fit, *fit_options);
  fit->add_option("--method", fit_options->spec.method,
                  "diff-means, leace or ged")
      ->type_name("NAME")
      ->capture_default_str();
  fit->callback([&action, fit_options] {
    action = [fit_options] { return run_fit_or_test(*fit_options); };
  });
  auto test_options = std::make_shared<Options>();
  CLI::App* test = command->add_subcommand(
      "test", "the same figures for an earlier fit, with other texts");
  test->add_option("--fitted", test_options->fitted,
                   "the folder of `concept fit`")
      ->type_name("FOLDER")
      ->required();
  add_common_options(*test, *test_options);
  test->callback([&action, test_options] {
    action = [test_options] { return run_fit_or_test(*test_options); };
  });
}

}  // namespace excise
