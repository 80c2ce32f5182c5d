#include "cli/text_table.h"

#include <fmt/format.h>

#include <optional>

namespace excise {
namespace {

std::string cell(const char* format, const std::optional<double>& value) {
  return value ? fmt::format(fmt::runtime(format), *value) : "-";
}

std::string line(size_t layer, const OverTexts& over) {
  const MeanTest& test = over.test;
  const bool significant = test.q && *test.q < kSignificance;
  const std::string interval =
      over.interval ? fmt::format("{:+.4f} to {:+.4f}", over.interval->low,
                                  over.interval->high)
                    : "-";
  return fmt::format("{:>5} {:>7} {:>13} {:>9} {:>9} {:>23}{}\n", layer,
                     over.means.size(), cell("{:+.4f}", test.mean),
                     cell("{:.2f}", test.t), cell("{:.2g}", test.q), interval,
                     significant ? "  *" : "");
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
  return out + fmt::format(
                   "Each text counts once, by its mean effect in nats; * q < "
                   "{} over layers. The table above is of\nthe first text "
                   "alone.\n\n",
                   kSignificance);
}

}  // namespace excise
