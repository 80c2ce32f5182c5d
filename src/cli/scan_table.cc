#include "cli/scan_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "cli/table_cell.h"

namespace excise {
namespace {

bool hurts(const MeanTest& test) {
  const bool significant = test.q && *test.q < kSignificance;
  return significant && *test.mean > 0;
}

// Which components hurt, and whether the large ones do.
std::string each_line(const LayerSummary& layer) {
  const std::vector<ScanStep>& steps = layer.scan.steps;
  size_t hurting = 0;
  for (const ScanStep& step : steps) hurting += hurts(step.effect) ? 1 : 0;
  const ScanStep& worst = steps[worst_step(layer.scan).value_or(0)];
  const auto& versus = layer.scan.share_vs_effect;
  return fmt::format(
      "{:>5} {:>12} {:>9} {:>9.1f} {:>12} {:>9.1f} {:>9} {:>13} {:>9}\n",
      layer.layer, cell("{:+.4f}", steps[0].effect.mean),
      worst.components.front(), worst.share, cell("{:+.4f}", worst.effect.mean),
      steps[0].share, fmt::format("{}/{}", hurting, steps.size()),
      cell("{:.2f}", versus ? versus->spearman.r : std::nullopt),
      p_cell(versus ? versus->spearman.p : std::nullopt));
}

std::string each_table(const Spec& spec, const Summary& summary,
                       const Terminal& terminal) {
  std::string out = bold(
      fmt::format("{:>5} {:>12} {:>9} {:>9} {:>12} {:>9} {:>9} {:>13} {:>9}",
                  "layer", "effect", "most at", "its", "its effect", "variance",
                  "hurt at", "rank r share,", "p"),
      terminal);
  out +=
      fmt::format("\n{:>5} {:>12} {:>9} {:>9} {:>12} {:>9} {:>9} {:>13}\n", "",
                  fmt::format("of {}, nats", spec.scan->components.front()),
                  "component", "variance%", "nats",
                  fmt::format("of {}, %", spec.scan->components.front()),
                  "q < 0.05", "effect");
  for (const LayerSummary& layer : summary.layers) out += each_line(layer);
  return out +
         "One component removed at a time; q over all cells of the grid "
         "(results.json has them).\n\n";
}

// The first components together: when they begin to hurt, and what all do.
std::string cumulative_table(const Summary& summary, const Terminal& terminal) {
  std::string out =
      bold(fmt::format("{:>5} {:>14} {:>14} {:>14} {:>14}", "layer",
                       "first k that", "effect of", "effect of", "variance of"),
           terminal) +
      fmt::format("\n{:>5} {:>14} {:>14} {:>14} {:>14}\n", "", "hurts",
                  "k = 1, nats", "all k, nats", "all k, %");
  for (const LayerSummary& layer : summary.layers) {
    const std::vector<ScanStep>& steps = layer.scan.steps;
    std::string first = "-";
    for (size_t i = steps.size(); i-- > 0;) {
      if (hurts(steps[i].effect)) first = std::to_string(i + 1);
    }
    out += fmt::format("{:>5} {:>14} {:>14} {:>14} {:>14.1f}\n", layer.layer,
                       first, cell("{:+.4f}", steps.front().effect.mean),
                       cell("{:+.4f}", steps.back().effect.mean),
                       steps.back().share);
  }
  return out +
         "The first k components removed together; q over all cells of the "
         "grid (results.json has them).\n\n";
}

}  // namespace

std::string scan_table(const Spec& spec, const Summary& summary,
                       const Terminal& terminal) {
  if (!spec.scan || summary.layers.empty()) return "";
  return spec.scan->mode == ScanMode::kEach
             ? each_table(spec, summary, terminal)
             : cumulative_table(summary, terminal);
}

std::string together_table(const Summary& summary, const Terminal& terminal) {
  if (summary.together.empty()) return "";
  std::string out =
      bold(fmt::format("{:<32} {:>9} {:>9} {:>15} {:>17}", "layers together",
                       "t", "q", "effect, nats", "sum of singles"),
           terminal) +
      "\n";
  for (const TogetherSummary& one : summary.together) {
    const MeanTest& test = one.branch.effect.default_n;
    std::string layers = fmt::format("{}", fmt::join(one.layers, ","));
    if (layers.size() > 32) {
      layers = fmt::format("{} layers from {} to {}", one.layers.size(),
                           one.layers.front(), one.layers.back());
    }
    out += fmt::format("{:<32} {:>9} {:>9} {:>15} {:>17}\n", layers,
                       cell("{:.2f}", test.t), p_cell(test.q),
                       cell("{:+.4f}", test.mean),
                       cell("{:+.4f}", one.sum_of_single));
  }
  return out + "\n";
}

}  // namespace excise
