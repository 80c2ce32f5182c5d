#include "experiment/sweep/second_opinion_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"

namespace excise {
namespace {

bool among(const std::vector<size_t>& layers, size_t layer) {
  return std::ranges::find(layers, layer) != layers.end();
}

std::string all_of(size_t layers) {
  return layers == 1   ? "it"
         : layers == 2 ? "both"
                       : fmt::format("all {} of them", layers);
}

// " (no test at layer 2: fewer than eight values)" for those of `layers` that
// have none; the first one's reason.
std::string without_test(const Summary& summary,
                         const std::vector<size_t>& layers) {
  std::vector<size_t> untested;
  std::string reason;
  for (const LayerSummary& layer : summary.layers) {
    const auto& second = layer.removal.effect.second;
    if (!among(layers, layer.layer) || !second || second->p) continue;
    if (untested.empty()) reason = second->reason;
    untested.push_back(layer.layer);
  }
  if (untested.empty()) return "";
  return fmt::format(" (it has no test at {}: {})", layer_list(untested),
                     reason);
}

std::string confirmation(const Summary& summary, size_t found) {
  const std::vector<size_t>& not_confirmed =
      *summary.headline.layers_unconfirmed;
  const std::string subject =
      "The second opinion, a test that allows for tokens that depend on each "
      "other (equally weighted cosines), ";
  if (not_confirmed.empty()) {
    return subject +
           fmt::format("confirms {} at q < {}.", all_of(found), kSignificance);
  }
  const std::string untested = without_test(summary, not_confirmed);
  const std::string of_which =
      not_confirmed.size() == found
          ? fmt::format("does not confirm {} at q < {}",
                        found == 1   ? "it"
                        : found == 2 ? "either"
                                     : fmt::format("any of the {}", found),
                        kSignificance)
          : fmt::format("does not confirm {} of these {} layers ({}) at q < {}",
                        not_confirmed.size(), found, layer_list(not_confirmed),
                        kSignificance);
  return subject + of_which + untested +
         ": it has less power than t, so that this does not show that there is "
         "no effect.";
}

std::string one_token(const Summary& summary, size_t found) {
  const std::vector<size_t>& layers = *summary.headline.layers_one_token;
  if (layers.empty()) return "";
  const LayerSummary* most = nullptr;
  const auto share_of = [](const LayerSummary& layer) {
    return layer.removal.effect.largest->share;
  };
  for (const LayerSummary& layer : summary.layers) {
    if (!among(layers, layer.layer)) continue;
    if (most == nullptr || share_of(layer) > share_of(*most)) most = &layer;
  }
  const LargestToken& largest = *most->removal.effect.largest;
  const std::string where =
      found == 1 ? "There"
                 : fmt::format("In {} of these {} layers ({})", layers.size(),
                               found, layer_list(layers));
  return fmt::format(
      "{} a single token has more than a quarter of the sum of effects: {}the "
      "one at position {} has {} of it. Further texts would tell whether more "
      "than that token is behind it.",
      where,
      layers.size() == 1 ? ""
                         : fmt::format("most at layer {}, where ", most->layer),
      largest.position, percent_text(largest.share, 0));
}

}  // namespace

std::vector<std::string> second_opinion_words(const Summary& summary) {
  const Headline& headline = summary.headline;
  const size_t found =
      headline.layers_hurt.size() + headline.layers_helped.size();
  if (found == 0 || !headline.layers_unconfirmed) return {};
  return {confirmation(summary, found), one_token(summary, found)};
}

}  // namespace excise
