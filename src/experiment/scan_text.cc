#include "experiment/scan_text.h"

#include <fmt/format.h>

#include "core/number_text.h"
#include "experiment/sentence_parts.h"

namespace excise {
namespace {

struct Counts {
  size_t hurt = 0, helped = 0, all = 0;
  void add(const MeanTest& test) {
    ++all;
    if (!significant(test) || *test.mean == 0) return;
    ++(*test.mean > 0 ? hurt : helped);
  }
};

std::string grid(const Counts& counts) {
  return fmt::format(
      "of the {} removals of the grid {} hurt and {} help at q < {} over all "
      "of them",
      counts.all, counts.hurt, counts.helped, kSignificance);
}

// Share of variance against effect within a layer.
std::string ranks(const Summary& summary) {
  std::vector<double> rank_r;
  size_t related = 0;
  for (const LayerSummary& layer : summary.layers) {
    const auto& versus = layer.scan.share_vs_effect;
    if (!versus || !versus->spearman.r || !versus->spearman.p) continue;
    rank_r.push_back(*versus->spearman.r);
    related += *versus->spearman.p < kSignificance ? 1 : 0;
  }
  if (rank_r.empty()) return "";
  return fmt::format(
      " Within a layer the rank correlation of share of variance and effect is "
      "{}; it has p < {} in {} of {}.",
      range_of(rank_r), kSignificance, related, rank_r.size());
}

}  // namespace

std::string scan_words(const SweepResult& result, const Summary& summary) {
  if (!result.spec.scan) return "";
  const Scan& scan = *result.spec.scan;
  Counts counts;
  for (const LayerSummary& layer : summary.layers) {
    for (const ScanStep& step : layer.scan.steps) counts.add(step.effect);
  }
  if (scan.mode == ScanMode::kCumulative) {
    return fmt::format(
        " With the first 1 to {} components removed together, {}.",
        scan.steps(), grid(counts));
  }
  const auto all = summary.layers.size();
  return fmt::format(
             " With {} components removed one at a time, {}. Component {} has "
             "the largest mean effect of them in {}, where chance alone would "
             "make it {}.",
             scan.steps(), grid(counts), scan.components.front(),
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
        " Edited together ({} coordinates), {} have an effect of {} nats a "
        "token{}; their single effects add up to {}.",
        coordinates_name(result.spec.coordinates), layer_list(one.layers),
        signed_short_text(*test.mean, 3), interval_words(test),
        signed_short_text(one.sum_of_single, 3));
  }
  return text;
}

}  // namespace excise
