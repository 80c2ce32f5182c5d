#include "cli/parts_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/table_cell.h"

namespace excise {
namespace {

// "41 (12 to 70)", in %.
std::string repair_cell(const DirectSummary& direct) {
  if (!direct.repair || !direct.interval) return "-";
  return fmt::format("{:.0f} ({:.0f} to {:.0f})", 100 * *direct.repair,
                     100 * direct.interval->low, 100 * direct.interval->high);
}

std::string line(const LayerSummary& layer) {
  const PartsSummary& parts = *layer.parts;
  return fmt::format(
      "{:>5} {:>10} {:>10} {:>11} {:>10} {:>11}{} {:>21}\n", layer.layer,
      cell("{:+.4f}", layer.removal.effect.default_n.mean),
      cell("{:+.4f}", parts.written()), cell("{:+.4f}", parts.by_attn()),
      cell("{:+.4f}", parts.by_mlps()),
      cell("{:+.4f}", parts.direct.effect.mean),
      parts.direct.has_effect() ? "*" : " ", repair_cell(parts.direct));
}

}  // namespace

std::string parts_table(const Summary& summary, const Terminal& terminal) {
  if (summary.layers.empty() || !summary.layers.front().parts) return "";
  std::string out =
      bold(fmt::format("{:>5} {:>10} {:>10} {:>11} {:>10} {:>11}  {:>21}",
                       "layer", "effect", "edit's", "later", "later",
                       "edit alone", "made up for"),
           terminal) +
      fmt::format("\n{:>5} {:>10} {:>10} {:>11} {:>10} {:>11}  {:>21}\n", "",
                  "nats", "write", "attention", "MLPs", "nats",
                  "% (95 % interval)");
  double error = 0;
  for (const LayerSummary& layer : summary.layers) {
    out += line(layer);
    error = std::max(error, layer.parts->error);
  }
  return out +
         wrapped(
             fmt::format(
                 "Where the effect arises: shares that add up to it, to {:.0e} "
                 "nats at every token (parts.csv has each block's). edit "
                 "alone: the effect where nothing later changes with it; * its "
                 "95 % interval excludes 0. made up for: 1 - effect / edit "
                 "alone; below 0 later parts add to it.",
                 error),
             terminal.width) +
         "\n";
}

}  // namespace excise
