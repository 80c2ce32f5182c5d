#include "cli/median_job.h"

#include <fmt/format.h>

#include <string>

#include "cli/early_note.h"
#include "cli/median_table.h"
#include "cli/print.h"
#include "cli/terminal.h"
#include "experiment/common/bundled.h"
#include "experiment/common/few_draws.h"
#include "experiment/median/median.h"
#include "experiment/median/median_results.h"
#include "experiment/median/median_summary.h"
#include "io/toml_record.h"

namespace excise {
namespace {

std::string printed(const ResultPlace& place, const MedianResult& result) {
  const Terminal terminal = detect_terminal();
  return fmt::format(
      "{}: {} tokens, {} of {} layers, {} shares, {:.2f} s\n\n{}\n{}\n",
      place.provenance.model_name, result.ids.size(), result.layers.size(),
      place.model.config.n_layers, result.spec.percent.size(), result.seconds,
      median_table(result, terminal),
      wrapped(median_summary(place.model, result), terminal.width));
}

// A spec that asks for nothing gets the bundled model's own example.
MedianSpec resolve(const MedianSpec& spec, const std::string& model_name,
                   bool quiet) {
  const bool asks = !spec.prompt.empty() || !spec.ids.empty() ||
                    !spec.target.empty() || spec.target_id;
  MedianSpec resolved = spec;
  if (asks || model_name != kBundledModel) return resolved;
  resolved.prompt = "He shook his";
  resolved.target = " head";
  if (!quiet) {
    print_error(
        "No prompt given: taking \"He shook his\" with the target "
        "\" head\".\n");
  }
  return resolved;
}

}  // namespace

Status run_job(const MedianSpec& spec, const ResultOptions& output) {
  EXCISE_CHECK(check_toml_text(median_spec_to_toml(spec)));
  return run_result_job(
      spec.model, spec.reading, "median", output,
      [&](const ResultPlace& place) -> Result<Printout> {
        const MedianSpec resolved =
            resolve(spec, place.provenance.model_name, output.quiet);
        EarlyNote note(few_draws_note(fmt::format("--random {}", spec.random),
                                      spec.random, Tail::kAbove),
                       output.quiet);
        const MedianResult result =
            EXCISE_TRY(run_median(place.model, resolved, place.progress));
        note.succeed();
        return Printout{
            EXCISE_TRY(write_median_results(place.folder, place.model, result,
                                            place.provenance)),
            printed(place, result)};
      });
}

}  // namespace excise
