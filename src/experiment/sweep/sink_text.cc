#include "experiment/sweep/sink_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/sweep/deed_words.h"

namespace excise {
namespace {

// Of one component alone: LayerSummary::sink_share is of the first.
bool is_of_the_text(const SweepResult& result) {
  const bool edited = result.edited.empty() || result.edited.front() != 0;
  return edited && result.spec.remove.size() == 1 && !adds(result.spec) &&
         result.basis.source == "this text";
}

}  // namespace

std::string sink_words(const SweepResult& result, const Summary& summary) {
  constexpr double kMostOfIt = 0.5;
  if (!is_of_the_text(result)) return "";
  std::vector<size_t> layers;
  std::vector<double> shares;
  const auto& hurt = summary.headline.layers_hurt;
  for (const LayerSummary& layer : summary.layers) {
    if (!(layer.sink_share > kMostOfIt) ||
        std::ranges::find(hurt, layer.layer) == hurt.end())
      continue;
    layers.push_back(layer.layer);
    shares.push_back(layer.sink_share);
  }
  if (layers.empty()) return "";
  const auto [least, most] = std::ranges::minmax(shares);
  const std::string share =
      layers.size() == 1 ? percent_text(least, 0)
                         : fmt::format("{} to {}", percent_text(least, 0),
                                       percent_text(most, 0));
  return fmt::format(
      "{} of {} {} on the first token in {}, where it hurts: a run that leaves "
      "that token alone (positions 1-) tells how much of the effect hangs on "
      "it.",
      share, components_words(result.spec), layers.size() == 1 ? "is" : "are",
      layer_list(layers));
}

}  // namespace excise
