#include "experiment/sweep/scan_text.h"

#include <fmt/format.h>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"

namespace excise {
namespace {

struct Counts {
  size_t hurt = 0, helped = 0, untested = 0, all = 0;
  void add(const MeanTest& test) {
    ++all;
    untested += test.p ? 0 : 1;
    if (!significant(test) || *test.mean == 0) return;
    ++(*test.mean > 0 ? hurt : helped);
  }
};

std::string grid(const Counts& counts) {
  return fmt::format(
      "of the {} removals of the grid {} hurt and {} help at q < {} over all "
      "of them{}",
      counts.all, counts.hurt, counts.helped, kSignificance,
      counts.untested == 0 ? ""
      : counts.untested == 1
          ? " (1 has no test)"
          : fmt::format(" ({} have no test)", counts.untested));
}

// Share of variance against effect within a layer.
std::string ranks(const Summary& summary) {
  std::vector<double> rank_r;
  size_t above = 0, below = 0;
  for (const LayerSummary& layer : summary.layers) {
    const auto& versus = layer.scan.share_vs_effect;
    if (!versus || !versus->spearman.r || !versus->spearman.p) continue;
    rank_r.push_back(*versus->spearman.r);
    if (*versus->spearman.p >= kSignificance) continue;
    ++(*versus->spearman.r > 0 ? above : below);
  }
  if (rank_r.empty()) return "";
  return fmt::format(
      " Within a layer the rank correlation of share of variance and effect is "
      "{}; with p < {} it is above 0 in {} and below 0 in {} of {}, where "
      "chance alone would put at most {}.",
      range_of(rank_r), kSignificance, above, below,
      rank_r.size() == 1 ? "1 layer" : fmt::format("{} layers", rank_r.size()),
      short_text(kSignificance * static_cast<double>(rank_r.size()), 2));
}

}  // namespace

std::string scan_words(const SweepResult& result, const Summary& summary) {
  if (!result.spec.scan) return "";
  const Scan& scan = *result.spec.scan;
  const std::string noun =
      result.spec.basis == "neurons" ? "neuron" : "component";
  Counts counts;
  for (const LayerSummary& layer : summary.layers) {
    for (const ScanStep& step : layer.scan.steps) counts.add(step.effect);
  }
  if (scan.mode == ScanMode::kCumulative) {
    return fmt::format(" With the first 1 to {} {}s removed together, {}.",
                       scan.steps(), noun, grid(counts));
  }
  const auto all = summary.layers.size();
  return fmt::format(
             " With {} {}s removed one at a time, {}. {} {} hurts more than "
             "all others in {}, where chance alone would make it at most {}.",
             scan.steps(), noun, grid(counts), capital(noun),
             scan.components.front(),
             of_layers(summary.headline.layers_first_worst, all),
             short_text(
                 static_cast<double>(all) / static_cast<double>(scan.steps()),
                 2)) +
         ranks(summary);
}

std::string scan_over_texts(const SweepResult& result, const Summary& summary) {
  if (!result.spec.scan) return "";
  Counts counts;
  for (const LayerSummary& layer : summary.layers) {
    if (!layer.over_texts) continue;
    for (const MeanTest& step : layer.over_texts->scan) counts.add(step);
  }
  if (counts.all == 0) return "";
  return " Over the texts, " + grid(counts) + ".";
}

std::string together_words(const SweepResult& result, const Summary& summary) {
  std::string text;
  for (const TogetherSummary& one : summary.together) {
    const MeanTest& test = one.branch.effect.default_n;
    if (!test.mean) continue;
    text += fmt::format(
        " Edited together ({} coordinates), {} have an effect of {} nats {}{}",
        coordinates_name(result.spec.coordinates), layer_list(one.layers),
        signed_short_text(*test.mean, 3), result.entries.each,
        interval_words(test));
    if (one.sum_of_single) {
      text += "; their single effects add up to " +
              signed_short_text(*one.sum_of_single, 3);
    }
    text += ".";
  }
  return text;
}

}  // namespace excise
