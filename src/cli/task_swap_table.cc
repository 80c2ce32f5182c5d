#include "cli/task_swap_table.h"

#include <fmt/format.h>

#include "cli/table_cell.h"
#include "experiment/common/sentence_parts.h"
#include "io/utf8.h"

namespace excise {
namespace {

std::string percents(const TaskSwapEffect& effect) {
  const auto& interval = effect.share.interval;
  if (!interval || !effect.share.ratio)
    return fmt::format("{:>6} {:>13}", "-", "-");
  return fmt::format("{:>6} {:>13}", cell("{:.1f}", 100 * *effect.share.ratio),
                     cell("{:.1f}", 100 * interval->low) + " to " +
                         cell("{:.1f}", 100 * interval->high));
}

std::string line(size_t layer, const TaskSwapEffect& effect) {
  const MeanTest& test = effect.test;
  const std::string interval = test.ci_low
                                   ? cell("{:+.3f}", test.ci_low) + " to " +
                                         cell("{:+.3f}", test.ci_high)
                                   : "-";
  return ended(fmt::format(
             "{:>5} {:>4} {:>7} {:>17} {} {:>6} {:>7} {:>7} {:>6} "
             "{:>7}{}",
             layer, test.n, cell("{:+.3f}", test.mean), interval,
             percents(effect), cell("{:.2f}", test.t), p_cell(test.p),
             p_cell(test.q), effect.turned, cell("{:+.3f}", effect.removed),
             significant(test) ? " *" : "")) +
         "\n";
}

}  // namespace

std::string task_swap_table(const TaskSweep& sweep, const Terminal& terminal) {
  if (!sweep.swap || sweep.swap->all.prompts == 0) return "";
  const TaskSwap& swap = *sweep.swap;
  std::string out =
      bold(fmt::format("Swap with the counterparts\nlayer {:>4} {:>7} {:>17} "
                       "{:>6} {:>13} {:>6} {:>7} {:>7} {:>6} {:>7}",
                       "n", "effect", "95 %", "share", "95 %", "t", "p", "q",
                       "turned", "removed"),
           terminal) +
      "\n";
  for (const TaskSwapLayer& layer : swap.by_layer)
    out += line(layer.layer, layer.effect);
  for (size_t g = 0; g < swap.groups.size() && swap.groups.size() > 1; ++g) {
    const TaskSwapGroup& group = swap.groups[g];
    out += bold(fmt::format(
                    "\nswap, {}: {} prompts tested",
                    group.name.empty() ? "without a group" : shown(group.name),
                    group.prompts),
                terminal) +
           "\n";
    for (const TaskSwapLayer& layer : swap.by_layer)
      out += line(layer.layer, layer.groups[g]);
  }
  return out +
         wrapped(
             "Swap: effect is the metric of the prompt - that under the "
             "swap, in nats; share is its mean over that of the metric "
             "of the prompt - that of the counterpart, in %, with "
             "Fieller's interval; turned: tested prompts whose foil is "
             "the likelier one; removed: the mean effect of the removal on "
             "the same prompts.",
             terminal.width) +
         "\n";
}

}  // namespace excise
