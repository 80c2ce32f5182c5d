#include "cli/lesion_job.h"

#include <fmt/format.h>

#include <string>

#include "cli/early_note.h"
#include "cli/lesion_table.h"
#include "cli/terminal.h"
#include "experiment/common/few_draws.h"
#include "experiment/lesion/lesion.h"
#include "experiment/lesion/lesion_results.h"
#include "experiment/lesion/lesion_summary.h"
#include "io/toml_record.h"
#include "io/utf8.h"

namespace excise {
namespace {

std::string printed(const ResultPlace& place, const LesionResult& result) {
  const Terminal terminal = detect_terminal();
  return fmt::format(
      "{}: {} pairs fitted on, read at {}, {} {}, {} of {} layers, {:.2f} "
      "s\n\n{}\n{}\n",
      place.provenance.model_name, result.fitted.size(),
      without_controls(words_taken(result.spec.pairs)), result.tests.size(),
      result.tests.size() == 1 ? "test" : "tests", result.layers.size(),
      place.model.config.n_layers, result.seconds,
      lesion_table(result, terminal),
      wrapped(lesion_summary(result), terminal.width));
}

}  // namespace

Status run_job(const LesionSpec& spec, const ResultOptions& output) {
  EXCISE_CHECK(check_lesion_spec(spec));
  EXCISE_CHECK(check_toml_text(lesion_spec_to_toml(spec)));
  return run_result_job(
      spec.model, spec.reading, "lesion", output,
      [&](const ResultPlace& place) -> Result<Printout> {
        EarlyNote note(few_draws_note(fmt::format("--random {}", spec.random),
                                      spec.random, Tail::kAbove),
                       output.quiet);
        const LesionResult result =
            EXCISE_TRY(run_lesion(place.model, spec, place.progress));
        note.succeed();
        return Printout{
            EXCISE_TRY(write_lesion_results(place.folder, place.model, result,
                                            place.provenance)),
            printed(place, result)};
      });
}

}  // namespace excise
