#include "experiment/sweep/variants_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "experiment/sweep/deed_words.h"

namespace excise {
namespace {

bool has(const Summary& summary, std::string_view id) {
  return summary.layers.front().variants.find(id) != nullptr;
}

std::string percents(std::vector<double> shares) {
  for (double& share : shares) share *= 100;
  return range_of(shares) + " %";
}

// Layers where a ratio's whole interval is below or above a limit.
struct RatioCounts {
  std::vector<size_t> told, below, above;
  std::vector<double> shares;  // 1 - ratio of those below 1
};

template <typename Of>
RatioCounts count_ratios(const Summary& summary, double limit, const Of& of) {
  RatioCounts counts;
  for (const LayerSummary& layer : summary.layers) {
    const std::optional<RatioOfMeans>& ratio = of(layer);
    if (!ratio || !ratio->ratio || !ratio->interval) continue;
    counts.told.push_back(layer.layer);
    if (ratio->interval->high < limit) {
      counts.below.push_back(layer.layer);
      counts.shares.push_back(1 - *ratio->ratio);
    }
    if (ratio->interval->low > limit) counts.above.push_back(layer.layer);
  }
  return counts;
}

std::string enough(const SweepResult& result, const Summary& summary) {
  if (!has(summary, "none_kept")) return "";
  const auto counts = count_ratios(
      summary, 1, [](const LayerSummary& layer) -> const auto& {
        return layer.variants.left;
      });
  const size_t all = summary.layers.size();
  const std::string kept = components_words(result.spec);
  std::string text = fmt::format(
      "Keeping nothing of the activations but their mean and what the basis "
      "leaves undescribed costs something in {} (95 % interval above 0)",
      of_layers(counts.told, all));
  if (!result.removal.identity_when_empty())
    text = fmt::format(
        "Taking all components out costs something in {} (95 % interval above "
        "0)",
        of_layers(counts.told, all));
  if (counts.told.empty()) return text + ".";
  text += fmt::format(
      "; of these, keeping {} alone saves at least part of it "
      "in {}",
      kept, of_layers(counts.below, counts.told.size()));
  if (!counts.shares.empty()) text += ": " + percents(counts.shares);
  if (!counts.above.empty())
    text += fmt::format(", and costs more than keeping nothing in {}",
                        of_layers(counts.above, counts.told.size()));
  return text + ".";
}

// Of layers that are hurt, where what is visible does less than half as much.
std::string visible(const Summary& summary) {
  if (!has(summary, "visible")) return "";
  constexpr double kMuchSmaller = 0.5;
  const std::optional<RatioOfMeans> none;
  const auto counts = count_ratios(
      summary, kMuchSmaller, [&](const LayerSummary& layer) -> const auto& {
        return verdict_of(layer.removal.effect.default_n) > 0
                   ? layer.variants.visible
                   : none;
      });
  if (counts.told.empty())
    return "Of no layer that is hurt can the visible part of the direction be "
           "compared with the whole.";
  std::string text = fmt::format(
      "Removing only the part of the direction that the output matrix reads "
      "has less than half the effect in {} hurt by the whole (95 % interval)",
      of_layers(counts.below, counts.told.size()));
  if (counts.below.empty()) return text + ".";
  return text +
         ": there the direction reads what is dormant to move what acts, and "
         "its effect is no sign that the model uses it (Makelov et al. "
         "2311.17030).";
}

// The other text must do something for a share of the way to it.
std::string swapped(const SweepResult& result, const Summary& summary) {
  if (!result.other_text || !summary.other_text) return "";
  const MeanTest& other = *summary.other_text;
  std::vector<size_t> acts, part;
  std::vector<double> shares;
  for (const LayerSummary& layer : summary.layers) {
    if (verdict_of(layer.variants.find("swap")->test) == 0) continue;
    acts.push_back(layer.layer);
    const auto& way = layer.variants.way;
    if (!way || !way->ratio || !way->interval || way->interval->low <= 0)
      continue;
    part.push_back(layer.layer);
    shares.push_back(*way->ratio);
  }
  const size_t all = summary.layers.size();
  std::string text = fmt::format(
      "The values of {} swapped for those of the other text, which differs "
      "from token {} on, have an effect on the {} behind it in {}",
      components_words(result.spec), result.other_text->first_difference,
      other.n == 1 ? "token" : fmt::format("{} tokens", other.n),
      of_layers(acts, all));
  const bool told =
      other.mean && other.ci_low && (*other.ci_low > 0 || *other.ci_high < 0);
  if (!told)
    return text +
           "; the other text as a whole is not shown to make them more "
           "or less likely (95 % interval), so that no share of a way to it is "
           "told.";
  text += fmt::format(
      "; the other text as a whole makes them {} likely by {:.2g} nats a "
      "token, "
      "and the swap goes part of that way in {} of them (95 % interval above "
      "0)",
      *other.mean > 0 ? "less" : "more", std::abs(*other.mean), part.size());
  if (!shares.empty()) text += ": " + percents(shares);
  return text + ".";
}

struct Agreement {
  const VariantTest* of;
  size_t signs = 0, verdicts = 0, tested = 0;
};

std::vector<Agreement> agreements(const Summary& summary) {
  std::vector<Agreement> list;
  const auto& first = summary.layers.front().variants.tests;
  for (size_t i = 0; i < first.size(); ++i) {
    if (!first[i].is_choice) continue;
    Agreement one{&first[i]};
    for (const LayerSummary& layer : summary.layers) {
      const MeanTest& removal = layer.removal.effect.default_n;
      const MeanTest& other = layer.variants.tests[i].test;
      if (!removal.q || !other.q) continue;
      ++one.tested;
      one.signs += (*removal.mean > 0) == (*other.mean > 0) ? 1 : 0;
      one.verdicts += verdict_of(removal) == verdict_of(other) ? 1 : 0;
    }
    list.push_back(one);
  }
  return list;
}

std::string robustness(const Summary& summary) {
  const std::vector<Agreement> list = agreements(summary);
  std::vector<std::string> parts;
  for (const Agreement& one : list) {
    if (one.tested > 0)
      parts.push_back(fmt::format("{} ({})", one.verdicts, one.of->words));
  }
  if (parts.empty()) return "";
  std::string text = fmt::format(
      "The verdict of a layer (hurts, helps or neither, by q < {} over "
      "layers) is the same under other choices in this many of {}: ",
      kSignificance,
      summary.layers.size() == 1
          ? "1 layer"
          : fmt::format("{} layers", summary.layers.size()));
  for (size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : ", ") + parts[i];
  return text + ".";
}

// Whether the layer that hurts most is hurt whatever is chosen.
std::string at_worst(const Summary& summary) {
  for (const LayerSummary& layer : summary.layers) {
    if (layer.layer != summary.headline.worst_layer ||
        verdict_of(layer.removal.effect.default_n) <= 0)
      continue;
    std::vector<std::string> not_hurt;
    size_t choices = 0;
    for (const VariantTest& one : layer.variants.tests) {
      if (!one.is_choice || !one.test.q) continue;
      ++choices;
      if (verdict_of(one.test) <= 0) not_hurt.push_back(one.words);
    }
    if (choices == 0) return "";
    if (not_hurt.empty())
      return fmt::format(
          "Layer {}, the most harmful, is hurt under all {} other choices.",
          layer.layer, choices);
    std::string text = fmt::format(
        "Layer {}, the most harmful, is hurt under {} of the {} other choices; "
        "not "
        "under ",
        layer.layer, choices - not_hurt.size(), choices);
    for (size_t i = 0; i < not_hurt.size(); ++i)
      text += (i == 0 ? "" : ", ") + not_hurt[i];
    return text + ".";
  }
  return "";
}

}  // namespace

std::vector<std::string> variants_words(const SweepResult& result,
                                        const Summary& summary) {
  if (result.variants.empty()) return {};
  return {enough(result, summary), visible(summary), swapped(result, summary),
          robustness(summary), at_worst(summary)};
}

}  // namespace excise
