#include "cli/concept_job.h"

#include <fmt/format.h>

#include <string>

#include "cli/concept_table.h"
#include "cli/early_note.h"
#include "cli/terminal.h"
#include "experiment/common/few_draws.h"
#include "experiment/concept/concept_results.h"
#include "experiment/concept/concept_run.h"
#include "experiment/concept/concept_words.h"
#include "io/toml_record.h"

namespace excise {
namespace {

std::string printed(const ResultPlace& place, const ConceptResult& result) {
  const Terminal terminal = detect_terminal();
  return fmt::format(
      "{}: {} layers, {} tokens fitted on, {:.2f} s\n\n{}\n{}\n{}",
      place.provenance.model_name, result.layers.size(), result.n_fitted,
      result.seconds, concept_table(result, terminal),
      wrapped(concept_summary(result), terminal.width),
      concept_samples_text(place.model, result, terminal));
}

// The commands that take the edits.
std::string next_commands(const ResultPlace& place,
                          const ConceptResult& result) {
  const auto off = (place.out / "off.toml").string();
  const std::string& model = result.spec.model;
  return fmt::format(
      "Next:    excise generate {} --prompt \"...\" --edit {} --compare\n"
      "         excise export {} --edit {} --out FOLDER\n",
      model, off, model, off);
}

}  // namespace

Status run_job(const ConceptSpec& spec, const ResultOptions& output) {
  EXCISE_CHECK(check_concept_spec(spec));
  EXCISE_CHECK(check_toml_text(concept_spec_to_toml(spec)));
  ResultOptions protecting = output;
  if (!spec.basis_file.empty()) protecting.inputs.emplace_back(spec.basis_file);
  return run_result_job(
      spec.model, spec.reading,
      spec.set.name + (spec.basis_file.empty() ? "" : "-test"), protecting,
      [&](const ResultPlace& place) -> Result<Printout> {
        EarlyNote note(few_draws_note(fmt::format("--random {}", spec.random),
                                      spec.random, Tail::kAbove),
                       output.quiet);
        const ConceptResult result =
            EXCISE_TRY(run_concept(place.model, spec, place.progress));
        note.succeed();
        return Printout{
            EXCISE_TRY(write_concept_results(place.folder, place.model, result,
                                             place.provenance)),
            printed(place, result), next_commands(place, result)};
      });
}

}  // namespace excise
