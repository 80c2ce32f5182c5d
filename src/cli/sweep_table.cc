#include "cli/sweep_table.h"

#include <fmt/format.h>

#include <optional>

namespace excise {
namespace {

std::string cell(const char* format, const std::optional<double>& value) {
  return value ? fmt::format(fmt::runtime(format), *value) : "-";
}

std::string line(const LayerSummary& layer, const Terminal& terminal) {
  const MeanTest& test = layer.removal.effect.default_n;
  const bool significant = test.q && *test.q < kSignificance;
  const auto mean_alone =
      layer.empty ? layer.empty->effect.default_n.mean : std::nullopt;
  const std::string text = fmt::format(
      "{:>5} {:>9.1f} {:>9} {:>9} {:>15} {:>15} {:>13.1f}  {}", layer.layer,
      layer.share, cell("{:.2f}", test.t), cell("{:.2g}", test.q),
      cell("{:+.4f}", test.mean), cell("{:+.4f}", mean_alone),
      100 * layer.removal.drift_end_relative, significant ? "*" : "");
  return (significant ? bold(text, terminal) : text) + "\n";
}

}  // namespace

std::string sweep_table(const Summary& summary, const Terminal& terminal) {
  std::string out =
      bold(fmt::format("{:>5} {:>9} {:>9} {:>9} {:>15} {:>15} {:>13}", "layer",
                       "variance", "t", "q", "effect", "mean alone",
                       "drift at end"),
           terminal) +
      "\n" +
      fmt::format("{:>5} {:>9} {:>9} {:>9} {:>15} {:>15} {:>13}\n", "", "%", "",
                  "", "nats", "nats", "%");
  for (const LayerSummary& layer : summary.layers) out += line(layer, terminal);
  out += fmt::format(
      "* q < {} (Benjamini-Hochberg over layers). effect: mean log p(clean) - "
      "log p(edited) of the\nright next token; above 0 the removal hurts. mean "
      "alone: the same with nothing removed.\n",
      kSignificance);
  return out;
}

}  // namespace excise
