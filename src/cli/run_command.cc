#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/commands.h"
#include "cli/concept_job.h"
#include "cli/lesion_job.h"
#include "cli/median_job.h"
#include "cli/sweep_job.h"
#include "experiment/sweep/spec_toml.h"
#include "io/text_file.h"
#include "io/toml_record.h"

namespace excise {
namespace {

struct Options {
  std::string experiment;
  std::optional<std::string> model;
  ResultOptions output;
};

// A model that is named outright need not be the one of the file.
template <typename Spec>
void take_model(const Options& options, Spec& spec) {
  if (!options.model) return;
  spec.model = *options.model;
  spec.model_fingerprint.clear();
  spec.tokenizer_fingerprint.clear();
}

// parse and run_job: of the experiment that the file is.
template <typename Spec>
Status run_file(const std::string& toml, const Options& options,
                Result<Spec> (*parse)(std::string_view, std::string_view),
                Status (*run_job)(const Spec&, const ResultOptions&)) {
  Spec spec = EXCISE_TRY(parse(toml, options.experiment));
  take_model(options, spec);
  return run_job(spec, options.output);
}

Status run_sweep_file(const std::string& toml, const Options& options) {
  SweepJob job;
  job.spec = EXCISE_TRY(parse_spec(toml, options.experiment));
  take_model(options, job.spec);
  job.output = options.output;
  return run_sweep_job(job);
}

Status run(Options options) {
  options.output.inputs.emplace_back(options.experiment);
  constexpr size_t kMaxBytes = size_t{16} << 20;
  const std::string toml =
      EXCISE_TRY(read_plain_text(options.experiment, kMaxBytes)).text;
  const auto schema = toml_schema(toml);
  if (schema == kMedianExperimentSchema) {
    return run_file(toml, options, parse_median_spec, run_median_job);
  }
  if (schema == kLesionExperimentSchema) {
    return run_file(toml, options, parse_lesion_spec, run_lesion_job);
  }
  if (schema == kConceptExperimentSchema) {
    return run_file(toml, options, parse_concept_spec, run_concept_job);
  }
  // A sweep says what is wrong with a file that is none.
  return run_sweep_file(toml, options);
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
