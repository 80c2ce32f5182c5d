#include "cli/text_table.h"

#include <fmt/format.h>

#include <optional>

#include "cli/table_cell.h"

namespace excise {
namespace {

std::string line(size_t layer, const OverTexts& over) {
  const MeanTest& test = over.test;
  const bool significant = test.q && *test.q < kSignificance;
  const std::string interval =
      over.interval ? cell("{:+.4f}", over.interval->low) + " to " +
                          cell("{:+.4f}", over.interval->high)
                    : "-";
  return fmt::format("{:>5} {:>7} {:>13} {:>9} {:>9} {:>23}{}\n", layer, test.n,
                     cell("{:+.4f}", test.mean), cell("{:.2f}", test.t),
                     p_cell(test.q), interval, significant ? "  *" : "");
}

}  // namespace

std::string text_table(const Summary& summary, const Terminal& terminal) {
  if (summary.layers.empty() || !summary.layers.front().over_texts) return "";
  std::string out =
      bold(fmt::format("{:>5} {:>7} {:>13} {:>9} {:>9} {:>23}", "layer",
                       "texts", "mean effect", "t", "q", "95 %, texts redrawn"),
           terminal) +
      "\n";
  for (const LayerSummary& layer : summary.layers)
    out += line(layer.layer, *layer.over_texts);
  return out +
         fmt::format(
             "Each text counts once, by its mean effect in nats; * q < {} over "
             "layers{}.\n\n",
             kSignificance,
             summary.layers.front().scan.steps.empty() ? ""
                                                       : " and components");
}

}  // namespace excise
