#include "cli/constant_table.h"

#include <fmt/format.h>

#include "cli/table_cell.h"

namespace excise {

std::string constant_table(const Summary& summary, const Terminal& terminal) {
  if (summary.layers.empty() || !summary.layers.front().constant) return "";
  constexpr const char* kRow =
      "{:>5} {:>9} {:>10} {:>11} {:>11} {:>8} {:>11} {:>8}";
  std::string out =
      bold(fmt::format(fmt::runtime(kRow), "layer", "best", "% of codes",
                       "constant", "removal", "q", "difference", "q"),
           terminal) +
      "\n" +
      fmt::format(fmt::runtime(kRow), "", "code", "below it", "nats", "nats",
                  "", "nats", "") +
      "\n";
  for (const LayerSummary& layer : summary.layers) {
    if (!layer.constant) continue;
    const ConstantSummary& one = *layer.constant;
    out += ended(fmt::format(
               fmt::runtime(kRow), layer.layer,
               fmt::format("{:.4g}{}", one.value, one.at_edge ? ">" : ""),
               cell("{:.0f}", one.percentile), cell("{:+.4f}", one.effect.mean),
               cell("{:+.4f}", one.removal.mean), p_cell(one.removal.q),
               cell("{:+.4f}", one.gain.mean), p_cell(one.gain.q))) +
           "\n";
  }
  return out +
         wrapped(
             "Best constant found in the place of the codes (0 is the "
             "removal), chosen on the first half of the tokens; effects and q "
             "over layers are of the second half. > the farthest that was "
             "tried. constant.csv has all tries.",
             terminal.width) +
         "\n";
}

}  // namespace excise
