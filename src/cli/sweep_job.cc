#include "cli/sweep_job.h"

#include <fmt/format.h>

#include <string>

#include "cli/anatomy_table.h"
#include "cli/constant_table.h"
#include "cli/control_table.h"
#include "cli/early_note.h"
#include "cli/evidence_cost.h"
#include "cli/parts_table.h"
#include "cli/print.h"
#include "cli/scan_table.h"
#include "cli/sweep_table.h"
#include "cli/terminal.h"
#include "cli/text_table.h"
#include "cli/variants_table.h"
#include "experiment/common/bundled.h"
#include "experiment/common/few_draws.h"
#include "experiment/sweep/spec_toml.h"
#include "experiment/sweep/summary_text.h"
#include "experiment/sweep/sweep_experiment.h"
#include "experiment/sweep/sweep_plan.h"
#include "experiment/sweep/text_evidence.h"
#include "io/toml_record.h"

namespace excise {
namespace {

// Of all texts.
std::string n_tokens(const SweepResult& result) {
  size_t tokens = result.ids.size();
  for (const TextFindings& text : result.further_texts)
    tokens += text.ids.size();
  const size_t texts = 1 + result.further_texts.size();
  return fmt::format("{}{} tokens",
                     texts > 1 ? fmt::format("{} texts, ", texts) : "", tokens);
}

std::string printed(const Model& model, const SweepResult& result,
                    const Summary& summary, const std::string& name) {
  const Terminal terminal = detect_terminal();
  std::string text = fmt::format(
      "{}: {}, {} of {} layers, {}, {:.2f} s\n\n", name, n_tokens(result),
      result.layers.size(), result.clean.state_norm.size() - 1,
      result.spec.preset ? "preset " + *result.spec.preset
                         : "basis " + result.spec.basis,
      result.timings.total);
  for (const Warning& warning : summary.warnings)
    text += wrapped("Note: " + warning.text, terminal.width) + "\n";
  // Several texts first: the tables behind them are of the first one.
  if (!result.further_texts.empty()) {
    text += text_table(summary, terminal) +
            control_table_over_texts(summary, terminal);
    if (has_text_evidence(result)) {
      const Summary over = evidence_over_texts(summary);
      text +=
          wrapped(
              "Over the texts, each counted once (in results.json as "
              "over_texts; the tables in the folder are of the first text):",
              terminal.width) +
          parts_table(over, terminal) + variants_table(over, terminal);
    }
    text += "The first text alone\n";
  }
  text += sweep_table(summary, terminal) + "\n" +
          control_table(summary, terminal) + parts_table(summary, terminal) +
          variants_table(summary, terminal) +
          constant_table(summary, terminal) +
          scan_table(result.spec, summary, terminal) +
          together_table(summary, terminal);
  if (result.spec.dormant_share) text += anatomy_table(model, result, terminal);
  for (const Passage& passage : summary_passages(result, summary)) {
    // Which stand above.
    if (passage.topic != "warnings")
      text += wrapped(passage.text, terminal.width);
  }
  return text + "\n";
}

Result<Printout> sweep_and_write(const SweepJob& job,
                                 const ResultPlace& place) {
  const std::string& name = place.provenance.model_name;
  if (!says_what_is_read(job.spec) && name == kBundledModel &&
      !job.output.quiet) {
    print_error(
        "No text given: taking the bundled paragraph of \"Silver "
        "Blaze\".\n");
  }
  const Spec spec =
      EXCISE_TRY(with_default_text(job.spec, name, job.default_text));
  std::string notes = few_draws_notes(job.spec.controls);
  if (spec.evidence) notes += EXCISE_TRY(evidence_note(place.model, spec));
  EarlyNote note(notes, job.output.quiet);
  const SummarizedSweep sweep =
      EXCISE_TRY(run_summarized(place.model, spec, place.progress));
  note.succeed();
  return Printout{EXCISE_TRY(write_summarized(place.folder, place.model, sweep,
                                              place.provenance)),
                  printed(place.model, sweep.result, sweep.summary, name)};
}

}  // namespace

std::string few_draws_notes(const std::vector<ControlRequest>& controls) {
  std::string notes;
  for (const auto& [control, repeats] : controls) {
    if (!is_null(control)) continue;
    notes +=
        few_draws_note(fmt::format("{}={}", control_name(control), repeats),
                       repeats, Tail::kTwoSided);
  }
  return notes;
}

Status run_sweep_job(const SweepJob& job) {
  EXCISE_CHECK(check_spec(job.spec));
  EXCISE_CHECK(check_toml_text(spec_to_toml(job.spec)));
  ResultOptions output = job.output;
  const BasisSource& source = job.spec.source;
  for (const std::string& file : {source.file, source.corpus}) {
    if (!file.empty()) output.inputs.emplace_back(file);
  }
  output.inputs.insert(output.inputs.end(), source.class_files.begin(),
                       source.class_files.end());
  return run_result_job(
      job.spec.model, job.spec.reading,
      job.name.empty() ? spec_name(job.spec) : job.name, output,
      [&](const ResultPlace& place) { return sweep_and_write(job, place); });
}

Status run_job(const Spec& spec, const ResultOptions& output) {
  return run_sweep_job(
      {.spec = spec, .default_text = {}, .name = {}, .output = output});
}

}  // namespace excise
