#include "cli/variants_table.h"

#include <fmt/format.h>

#include <optional>

#include "cli/table_cell.h"

namespace excise {
namespace {

// The layer that is shown: that which hurts most, else that of the largest
// effect, else the first.
const LayerSummary& shown_layer(const Summary& summary) {
  const auto shown = summary.headline.worst_layer
                         ? summary.headline.worst_layer
                         : summary.headline.strongest_layer;
  for (const LayerSummary& layer : summary.layers) {
    if (layer.layer == shown) return layer;
  }
  return summary.layers.front();
}

struct OverLayers {
  size_t hurt = 0, helped = 0, same = 0;
};

OverLayers over_layers(const Summary& summary, size_t variant) {
  OverLayers counts;
  for (const LayerSummary& layer : summary.layers) {
    const int verdict = verdict_of(layer.variants.tests[variant].test);
    counts.hurt += verdict > 0 ? 1 : 0;
    counts.helped += verdict < 0 ? 1 : 0;
    counts.same += verdict == verdict_of(layer.removal.effect.default_n);
  }
  return counts;
}

}  // namespace

std::string variants_table(const Summary& summary, const Terminal& terminal) {
  if (summary.layers.empty() || summary.layers.front().variants.tests.empty())
    return "";
  const LayerSummary& shown = shown_layer(summary);
  std::string out =
      bold(fmt::format("{:<30} {:>12} {:>8} {:>9}  {:>8} {:>8} {:>13}",
                       "variant", fmt::format("at layer {}", shown.layer), "t",
                       "q", "layers", "layers", "same verdict"),
           terminal);
  out += fmt::format("\n{:<30} {:>12} {:>8} {:>9}  {:>8} {:>8} {:>13}\n", "",
                     "nats", "", "", "hurt", "helped", "in layers");
  const auto line = [&](const std::string& name, const MeanTest& test,
                        const OverLayers& counts, bool is_choice) {
    out += fmt::format("{:<30} {:>12} {:>8} {:>9}  {:>8} {:>8} {:>13}\n", name,
                       cell("{:+.4f}", test.mean), cell("{:.2f}", test.t),
                       cell("{:.2g}", test.q), counts.hurt, counts.helped,
                       is_choice ? std::to_string(counts.same) : "-");
  };
  for (size_t i = 0; i < shown.variants.tests.size(); ++i) {
    const VariantTest& one = shown.variants.tests[i];
    line(one.words, one.test, over_layers(summary, i), one.is_choice);
  }
  return out +
         wrapped(
             "Variants of the removal (variants.csv has every layer): t and q "
             "over layers, each variant for itself. same verdict: hurts, helps "
             "or neither, as the removal does.",
             terminal.width) +
         "\n";
}

}  // namespace excise
