#include "cli/task_job.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/table_cell.h"
#include "cli/task_swap_table.h"
#include "cli/terminal.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_results.h"
#include "experiment/task/task_sweep.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {
namespace {

std::string effect_cells(const TaskEffect& effect) {
  const MeanTest& test = effect.test;
  const std::string interval = test.ci_low
                                   ? cell("{:+.3f}", test.ci_low) + " to " +
                                         cell("{:+.3f}", test.ci_high)
                                   : "-";
  return fmt::format("{:>5} {:>8} {:>18} {:>7} {:>8} {:>8}", test.n,
                     cell("{:+.3f}", test.mean), interval,
                     cell("{:.2f}", test.t), p_cell(test.p), p_cell(test.q));
}

bool is_significant(const TaskEffect& effect) {
  return effect.test.q && *effect.test.q < kSignificance;
}

std::string layers_table(const TaskSweep& sweep, const Terminal& terminal) {
  std::string out =
      bold(fmt::format("layer {:>5} {:>8} {:>18} {:>7} {:>8} {:>8} {:>6} {:>5} "
                       "{:>6} {:>8}",
                       "n", "effect", "95 %", "t", "p", "q", "solved", "lost",
                       "gained", "McNemar"),
           terminal) +
      "\n";
  for (const TaskLayer& layer : sweep.by_layer) {
    out += ended(fmt::format("{:>5} {} {:>6} {:>5} {:>6} {:>8}{}", layer.layer,
                             effect_cells(layer.effect), layer.solved_after,
                             layer.flips.lost, layer.flips.gained,
                             p_cell(layer.flips.mcnemar_p),
                             is_significant(layer.effect) ? " *" : "")) +
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
                         effect_cells(layer.groups[g]),
                         is_significant(layer.groups[g]) ? " *" : "");
    }
  }
  return out;
}

std::string printed(const std::string& model, const TaskSweep& sweep,
                    std::span<const TaskRow> rows) {
  const Terminal terminal = detect_terminal();
  const size_t prompts = sweep.prompts.prompts.size();
  std::string out =
      fmt::format("{}: {} prompts, {} solved by the clean model, {} layers\n",
                  model, prompts, sweep.solved_before, sweep.layers.size());
  if (!sweep.prompts.refused.empty()) {
    out += wrapped(fmt::format("Refused: {} of {} rows (excise task says why).",
                               sweep.prompts.refused.size(), rows.size()),
                   terminal.width);
  }
  out += "\n" + layers_table(sweep, terminal) + groups_table(sweep, terminal) +
         "\n";
  out += wrapped(
      fmt::format(
          "Effect: clean - edited metric, in nats, mean over {}; the metric is "
          "log p(answer | prompt) - log p(foil | prompt). Above 0 the removal "
          "hurts. Solved, lost and gained count all {} prompts; McNemar's "
          "exact "
          "test is of lost against gained. * q < {} over layers{}.",
          sweep.all_prompts ? "all prompts"
                            : "the prompts that the clean model solves",
          prompts, kSignificance,
          sweep.groups.size() < 2 ? "" : ", of groups over layers and groups"),
      terminal.width);
  if (!sweep.all_prompts) {
    out += wrapped(
        "Prompts are tested because the clean model solves them: their metric "
        "is above 0 by choice, and some of it is lost by any change. A run "
        "with controls, which tells how much, is not there yet for tasks.",
        terminal.width);
  }
  return out + "\n" + task_swap_table(sweep, rows, terminal);
}

}  // namespace

Status run_task_job(const SweepJob& sweep, const TaskJob& task) {
  EXCISE_CHECK(check_task_spec(sweep.spec));
  const PlainText text = EXCISE_TRY(read_plain_text(task.file, kMaxTaskBytes));
  const TaskFile file = EXCISE_TRY(parse_task(text.text, task.file));
  ResultOptions output = sweep.output;
  output.report = false;
  output.inputs.emplace_back(task.file);
  const BasisSource& source = sweep.spec.source;
  for (const std::string& input : {source.file, source.corpus}) {
    if (!input.empty()) output.inputs.emplace_back(input);
  }
  output.inputs.insert(output.inputs.end(), source.class_files.begin(),
                       source.class_files.end());
  return run_result_job(
      sweep.spec.model, sweep.spec.reading, "task", output,
      [&](const ResultPlace& place) -> Result<Printout> {
        const TaskSweep found =
            EXCISE_TRY(sweep_task(place.model, sweep.spec, file.rows,
                                  task.all_prompts, place.progress));
        return Printout{
            EXCISE_TRY(write_task_results(place.folder, place.model, file.rows,
                                          task.file, found, place.provenance)),
            printed(place.provenance.model_name, found, file.rows)};
      });
}

}  // namespace excise
