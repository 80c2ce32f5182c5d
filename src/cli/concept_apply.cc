#include "cli/concept_apply.h"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/experiment_options.h"
#include "cli/generation_text.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress_bar.h"
#include "cli/result_job.h"
#include "cli/terminal.h"
#include "core/threads.h"
#include "edit/generation_json.h"
#include "experiment/common/words.h"
#include "experiment/concept/concept_apply.h"
#include "experiment/concept/concept_samples.h"
#include "io/output_place.h"
#include "io/utf8.h"

namespace excise {
namespace {

struct Options {
  std::string model, fitted, way;
  std::optional<double> alpha, temperature;
  std::optional<size_t> layer;
  std::optional<std::string> positions;
  std::vector<std::string> prompts;
  std::optional<uint64_t> max_tokens, seed;
  int threads = 0;
  ResultOptions output;
};

Result<ConceptChange> change_of(const Options& options) {
  ConceptChange change{.way = EXCISE_TRY(parse_concept_switch(options.way)),
                       .alpha = options.alpha,
                       .layer = options.layer,
                       .positions = std::nullopt};
  if (options.positions) {
    change.positions = EXCISE_TRY(Positions::parse(*options.positions));
  }
  return change;
}

Result<std::vector<std::vector<int>>> encode_prompts(
    const Options& options, const ConceptSpec& spec, const Model& model,
    const GenerationOptions& generation) {
  std::vector<std::vector<int>> encoded;
  for (const std::string& prompt :
       options.prompts.empty() ? spec.set.prompts : options.prompts) {
    encoded.push_back(EXCISE_TRY(encode_text(model, prompt, "concept")));
    EXCISE_CHECK(check_generation(model.config, encoded.back(), generation));
  }
  return encoded;
}

void print_result(const Options& options, const ConceptSpec& spec,
                  const Model& model, const Edit& edit,
                  const std::vector<ConceptSample>& samples,
                  const std::filesystem::path& out) {
  if (options.output.json) {
    print_out(
        "{}",
        file_text({{"schema", "excise.concept-apply/1"},
                   {"name", spec.set.name},
                   {"switch", options.way},
                   {"edit", edit_json(edit)},
                   {"samples",
                    samples_json(model, samples,
                                 std::array<std::string_view, 1>{"edited"})}}));
    return;
  }
  if (options.output.quiet) return;
  const Terminal terminal = detect_terminal();
  print_out("\"{}\" switched {}: {}\n\n", shown(spec.set.name), options.way,
            printable(edit_text({&edit, 1})));
  for (const ConceptSample& sample : samples) {
    print_out("{} ...\n{}", bold(shown_text(model, sample.prompt), terminal),
              compared_text(model, sample.clean, sample.edited[0], terminal));
  }
  const std::string file = shown((out / kEditFile).string());
  const std::string model_name = shown(options.model);
  print_out(
      "Edit:    {}\n"
      "Next:    excise generate {} --prompt \"...\" --edit {} --compare\n"
      "         excise export {} --edit {} --out FOLDER\n",
      file, model_name, file, model_name, file);
}

Status run_apply(const Options& options) {
  const ConceptChange change = EXCISE_TRY(change_of(options));
  const FittedConcept fitted = EXCISE_TRY(read_fitted_concept(options.fitted));
  const ConceptSpec& spec = fitted.spec;
  const EditSpec edit_spec = EXCISE_TRY(concept_edit(fitted, change));
  use_threads(options.threads);
  Model model =
      EXCISE_TRY(Model::open(EXCISE_TRY(locate_model(options.model))));
  EXCISE_CHECK(model.use(spec.reading));
  const Edit edit = EXCISE_TRY(Edit::create(edit_spec, fitted.bases, model));
  const GenerationOptions generation{
      .max_tokens = options.max_tokens.value_or(spec.sample_tokens),
      .sampling = {.temperature =
                       options.temperature.value_or(spec.temperature)},
      .seed = options.seed.value_or(spec.seed)};
  const auto prompts =
      EXCISE_TRY(encode_prompts(options, spec, model, generation));

  const auto out = options.output.out.empty()
                       ? default_folder(model_name(options.model, model.path),
                                        spec.set.name + "-" + options.way)
                       : options.output.out;
  const std::filesystem::path inputs[] = {options.fitted, model.path};
  EXCISE_CHECK(check_not_input(EXCISE_TRY(output_place(out)), inputs));
  OutputFolder folder =
      EXCISE_TRY(OutputFolder::create(out, options.output.replace));
  ProgressBar bar(detect_terminal().err && !options.output.quiet &&
                  !options.output.json);
  Progress progress;
  progress.cancelled = interruption();
  progress.report = [&](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  EXCISE_CHECK(write_concept_edit(fitted, edit_spec, folder));
  const auto samples = EXCISE_TRY(model.weights.file().confirmed(
      continue_prompts(model, prompts, {&edit, 1}, generation, progress)));
  EXCISE_CHECK(progress.check_cancelled());
  EXCISE_CHECK(folder.commit());
  bar.clear();
  print_result(options, spec, model, edit, samples, out);
  return {};
}

}  // namespace

void add_concept_apply(Command concept_command) {
  Command command = concept_command.add_command(
      "apply", "switch a fitted concept off or on: an edit, and what it does");
  auto options = std::make_shared<Options>();
  add_model_argument(command, options->model);
  command.add_option("--fitted", options->fitted, "the folder of `concept fit`")
      .type("FOLDER")
      .required();
  command.add_option("--switch", options->way, "off or on")
      .type("NAME")
      .required();
  command
      .add_option("--alpha", options->alpha,
                  "strength (default: what the fit chose)")
      .type("A");
  command
      .add_option("--layer", options->layer,
                  "layer (default: what the fit chose)")
      .type("N");
  command
      .add_option("--positions", options->positions,
                  "tokens that are switched: all, 1- or 0,5-9 (default: as "
                  "fitted)")
      .type("LIST");
  command
      .add_option("--prompt", options->prompts,
                  "a text to continue, clean and edited; may be given again "
                  "(default: the concept's own)")
      .type("TEXT")
      .repeatable();
  command
      .add_option("--max-tokens", options->max_tokens,
                  "new tokens at most (default: as fitted)")
      .type("N")
      .range(0, 1'000'000);
  command
      .add_option("--temperature", options->temperature,
                  "0: always the most likely token (default: as fitted)")
      .type("T");
  command.add_option("--seed", options->seed, "of the draws")
      .type("N")
      .range(0, std::numeric_limits<int64_t>::max());
  add_threads_option(command, options->threads);
  add_result_options(command, "<concept>-<switch>", options->output);
  command.footer(
      "Example:\n"
      "  excise concept apply baker-7m --fitted results/baker-7m-him-her \\\n"
      "      --switch on --alpha 4 --prompt \"The old friend came in and\"\n");
  command.set_action([options] { return run_apply(*options); });
}

}  // namespace excise
