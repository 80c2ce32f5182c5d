#include "cli/task_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/control_table.h"
#include "cli/parts_table.h"
#include "cli/scan_table.h"
#include "cli/table_cell.h"
#include "cli/task_swap_table.h"
#include "cli/terminal.h"
#include "experiment/common/passages.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/task/task_experiment.h"
#include "experiment/task/task_text.h"
#include "io/toml_record.h"
#include "io/utf8.h"

namespace excise {
namespace {

std::string effect_cells(const MeanTest& test) {
  const std::string interval = test.ci_low
                                   ? cell("{:+.3f}", test.ci_low) + " to " +
                                         cell("{:+.3f}", test.ci_high)
                                   : "-";
  return fmt::format("{:>5} {:>8} {:>18} {:>7} {:>8} {:>8}", test.n,
                     cell("{:+.3f}", test.mean), interval,
                     cell("{:.2f}", test.t), p_cell(test.p), p_cell(test.q));
}

std::string layers_table(const TaskSweep& sweep, const Terminal& terminal) {
  std::string out =
      bold(fmt::format("layer {:>5} {:>8} {:>18} {:>7} {:>8} {:>8} {:>6} {:>5} "
                       "{:>6} {:>8}",
                       "n", "effect", "95 %", "t", "p", "q", "solved", "lost",
                       "gained", "McNemar"),
           terminal) +
      "\n";
  for (size_t i = 0; i < sweep.by_layer.size(); ++i) {
    const TaskLayer& layer = sweep.by_layer[i];
    const MeanTest& test = sweep.summary.layers[i].removal.effect.default_n;
    out += ended(fmt::format("{:>5} {} {:>6} {:>5} {:>6} {:>8}{}", layer.layer,
                             effect_cells(test), layer.solved_after,
                             layer.flips.lost, layer.flips.gained,
                             p_cell(layer.flips.mcnemar_p),
                             significant(test) ? " *" : "")) +
           "\n";
  }
  return out;
}

std::string groups_table(const TaskSweep& sweep, const Terminal& terminal) {
  if (sweep.groups.size() < 2) return "";
  std::string out;
  for (size_t g = 0; g < sweep.groups.size(); ++g) {
    const TaskGroup& group = sweep.groups[g];
    out += bold(fmt::format(
                    "\n{}: {} of {} prompts tested",
                    group.name.empty() ? "without a group" : shown(group.name),
                    group.tested, group.prompts),
                terminal) +
           "\n";
    for (const TaskLayer& layer : sweep.by_layer) {
      out += fmt::format("{:>5} {}{}\n", layer.layer,
                         effect_cells(layer.groups[g].test),
                         significant(layer.groups[g].test) ? " *" : "");
    }
  }
  return out;
}

std::string printed(const std::string& model, const TaskSweep& sweep,
                    size_t rows) {
  const Terminal terminal = detect_terminal();
  std::string out = fmt::format(
      "{}: {} prompts, {} solved by the clean model, {} layers\n", model,
      sweep.prompts.prompts.size(), sweep.solved_before, sweep.layers.size());
  if (!sweep.prompts.refused.empty()) {
    out += wrapped(fmt::format("Refused: {} of {} rows (excise task says why).",
                               sweep.prompts.refused.size(), rows),
                   terminal.width);
  }
  out += "\n" + layers_table(sweep, terminal) + groups_table(sweep, terminal);
  out += wrapped(
      fmt::format(
          "Effect: clean - edited metric in nats, mean over the tested "
          "prompts; above 0 the edit hurts. Solved, lost and gained "
          "count all prompts. * q < {} over layers{}.",
          kSignificance,
          sweep.groups.size() < 2 ? "" : ", of groups over layers and groups"),
      terminal.width);
  const std::string controls = control_table(sweep.summary, terminal);
  out += "\n" + controls;
  const std::string tables = parts_table(sweep.summary, terminal) +
                             scan_table(sweep.spec, sweep.summary, terminal) +
                             together_table(sweep.summary, terminal);
  out += tables + task_swap_table(sweep, terminal);
  return out + wrapped(joined(task_passages(sweep)), terminal.width) + "\n";
}

}  // namespace

Status run_job(const TaskSpec& asked, const ResultOptions& options) {
  TaskSpec spec = asked;
  EXCISE_CHECK(check_task_spec(spec));
  TaskFile file = EXCISE_TRY(read_task(spec));
  EXCISE_CHECK(check_toml_text(task_spec_to_toml(spec)));
  ResultOptions output = options;
  output.inputs.emplace_back(spec.task);
  const BasisSource& source = spec.source;
  for (const std::string& input : {source.file, source.corpus}) {
    if (!input.empty()) output.inputs.emplace_back(input);
  }
  output.inputs.insert(output.inputs.end(), source.class_files.begin(),
                       source.class_files.end());
  return run_result_job(
      spec.model, spec.reading, "task", output,
      [&](const ResultPlace& place) -> Result<Printout> {
        const MeasuredTask measured = EXCISE_TRY(
            measure_task(place.model, spec, std::move(file), place.progress));
        return Printout{EXCISE_TRY(write_task(place.folder, place.model,
                                              measured, place.provenance)),
                        printed(place.provenance.model_name, measured.sweep,
                                measured.file.rows.size())};
      });
}

}  // namespace excise
