#include "experiment/sweep/constant_words.h"

#include <fmt/format.h>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/sweep/deed_words.h"

namespace excise {

ConstantCounts count_constants(const Summary& summary) {
  ConstantCounts counts;
  for (const LayerSummary& layer : summary.layers) {
    if (!layer.constant || !layer.constant->effect.q) continue;
    const ConstantSummary& constant = *layer.constant;
    const auto note = [&](std::vector<size_t>& layers, bool is_one) {
      if (is_one) layers.push_back(layer.layer);
    };
    counts.tested.push_back(layer.layer);
    note(counts.hurt, verdict_of(constant.effect) > 0);
    note(counts.removal_hurts, verdict_of(constant.removal) > 0);
    note(counts.cheaper, verdict_of(constant.gain) > 0);
    note(counts.outside, constant.value < constant.range.low ||
                             constant.value > constant.range.high);
    note(counts.at_edge, constant.at_edge);
  }
  return counts;
}

std::vector<std::string> constant_words(const SweepResult& result,
                                        const Summary& summary) {
  const ConstantCounts counts = count_constants(summary);
  if (counts.tested.empty()) return {};
  const size_t all = counts.tested.size();
  std::vector<std::string> words;
  words.push_back(fmt::format(
      "With the best constant found in the place of {}, chosen on the first "
      "half of the tokens, the second half is hurt in {}; there the removal "
      "hurts it in {} (q < {} over layers). It is an upper bound of what the "
      "optimal constant would cost.",
      components_words(result.spec), of_layers(counts.hurt, all),
      of_layers(counts.removal_hurts, all), kSignificance));
  if (counts.cheaper.empty()) {
    words.emplace_back(
        "At no layer is it told apart from the removal, so that it costs "
        "less.");
  } else {
    words.push_back(fmt::format(
        "It costs less than the removal in {}: there part of what the removal "
        "costs is of the value that it leaves, not of what it takes away.",
        of_layers(counts.cheaper, all)));
  }
  if (!counts.outside.empty()) {
    words.push_back(fmt::format(
        "In {} it lies beyond the 1st and 99th percentile of the codes, where "
        "this text hardly ever is.",
        of_layers(counts.outside, all)));
  }
  if (!counts.at_edge.empty()) {
    words.push_back(fmt::format(
        "In {} the best is the farthest that was tried; one beyond it may "
        "cost less.",
        of_layers(counts.at_edge, all)));
  }
  return words;
}

}  // namespace excise
