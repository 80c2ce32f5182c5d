#include "experiment/sweep/cells_text.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <map>

#include "core/number_text.h"
#include "experiment/sweep/deed_words.h"

namespace excise {
namespace {

// The values at these layers, where there are any.
std::vector<double> values_at(
    const Summary& summary, const std::vector<size_t>& layers,
    const std::function<std::optional<double>(const LayerSummary&)>& value_of) {
  std::vector<double> values;
  for (const LayerSummary& layer : summary.layers) {
    if (std::ranges::find(layers, layer.layer) == layers.end()) continue;
    if (const auto value = value_of(layer)) values.push_back(*value);
  }
  return values;
}

// "hurts in 8 of 12 layers (0-7) at q < 0.05 (0.67 to 1.82 nats a token, median
// 1.2) and helps in 0".
std::string counted(const SweepResult& result, const Summary& summary,
                    const EffectHeadline& headline,
                    std::optional<BranchSummary> LayerSummary::*cell) {
  const auto sizes = [&](const std::vector<size_t>& layers) {
    const std::string range =
        range_of(values_at(summary, layers, [&](const LayerSummary& layer) {
          return (layer.*cell)->effect.default_n.mean;
        }));
    return range.empty()
               ? ""
               : fmt::format(" ({} nats {})", range, result.entries.each);
  };
  const size_t all = summary.layers.size();
  return fmt::format("hurts in {} at q < {}{} and helps in {}{}",
                     of_layers(headline.layers_hurt, all), kSignificance,
                     sizes(headline.layers_hurt),
                     headline.layers_helped.empty()
                         ? "0"
                         : of_layers(headline.layers_helped, all),
                     sizes(headline.layers_helped));
}

std::string untested(const Summary& summary,
                     std::optional<BranchSummary> LayerSummary::*cell) {
  return untested_words(summary,
                        [&](const LayerSummary& layer) -> const MeanTest& {
                          return (layer.*cell)->effect.default_n;
                        });
}

// What share of the mean's direction the removed components have.
std::string what_it_is(const Spec& spec, const Summary& summary) {
  const auto cosine = [](const LayerSummary& layer) {
    return layer.cells ? layer.cells->restored_mean_in_removed : std::nullopt;
  };
  std::vector<size_t> mostly, others;
  for (const LayerSummary& layer : summary.layers) {
    const auto value = cosine(layer);
    if (!value) continue;
    // More than half of the squared length.
    (*value * *value > 0.5 ? mostly : others).push_back(layer.layer);
  }
  if (mostly.empty() && others.empty()) return "";
  const bool one = spec.remove.size() == 1;
  const std::string measure =
      one ? "|cosine| of both directions"
          : "length of its direction's projection on their span";
  std::string text = fmt::format(
      "{} {} {} in {}", capital(components_words(spec)),
      one ? "is" : "have in them",
      one ? "mostly the mean that is put back" : "most of the mean put back",
      of_layers(mostly, summary.layers.size()));
  text += " (" + measure;
  if (!mostly.empty())
    text += " " + range_of(values_at(summary, mostly, cosine));
  if (!others.empty()) {
    text += mostly.empty() ? " " : "; in the others ";
    text += range_of(values_at(summary, others, cosine));
  }
  return text + ").";
}

// Why at no layer anything can be said to be undone.
std::string nothing_undone(const Summary& summary) {
  std::map<std::string, std::vector<size_t>> layers;
  for (const LayerSummary& layer : summary.layers) {
    if (layer.undone && !layer.undone->reason.empty())
      layers[layer.undone->reason].push_back(layer.layer);
  }
  std::string text = "Nothing can be said to be undone";
  const char* mark = ": ";
  for (const auto& [reason, numbers] : layers) {
    text += mark + reason + " (" + layer_list(numbers) + ")";
    mark = "; ";
  }
  return text + ".";
}

// What of the cost of the removal alone is undone.
std::string undone(const SweepResult& result, const Summary& summary) {
  std::vector<size_t> asked, undoes, all_undone, adds_to, unclear;
  const auto share = [](const LayerSummary& layer) {
    return layer.undone && layer.undone->share
               ? std::optional(100 * *layer.undone->share)
               : std::nullopt;
  };
  for (const LayerSummary& layer : summary.layers) {
    if (!share(layer)) continue;
    asked.push_back(layer.layer);
    const auto& interval = layer.undone->interval;
    (interval && interval->low > 0    ? undoes
     : interval && interval->high < 0 ? adds_to
                                      : unclear)
        .push_back(layer.layer);
    if (interval && interval->low > 1) all_undone.push_back(layer.layer);
  }
  if (asked.empty()) return nothing_undone(summary);
  // Each layer has its own interval: nothing is corrected here.
  std::string text = fmt::format(
      "In {} the removal alone has a cost above 0 with its whole 95 % "
      "interval; of these, each by itself, {} undoes at least part of it in {}",
      of_layers(asked, summary.layers.size()), mean_deed_in_short(result),
      of_layers(undoes, asked.size()));
  if (!undoes.empty())
    text += ": " + range_of(values_at(summary, undoes, share)) + " %";
  if (!all_undone.empty())
    text += " (more than all of it in " + layer_list(all_undone) + ")";
  if (!adds_to.empty()) {
    text += fmt::format(
        ", and adds to it in {} ({} %)", layer_list(adds_to),
        range_of(values_at(summary, adds_to, [&](const LayerSummary& layer) {
          return std::optional(-*share(layer));
        })));
  }
  if (!unclear.empty())
    text += ", and cannot be told from doing neither in " + layer_list(unclear);
  return text + ".";
}

std::string changes(const Summary& summary) {
  std::vector<double> cosines;
  for (const LayerSummary& layer : summary.layers) {
    if (layer.cells && layer.cells->cos_empty_removed)
      cosines.push_back(*layer.cells->cos_empty_removed);
  }
  if (cosines.empty()) return "";
  return fmt::format(
      "Between the changes of the activations that the two make alone the "
      "cosine is {}.",
      range_of(cosines));
}

}  // namespace

std::vector<std::string> cells_text(const SweepResult& result,
                                    const Summary& summary) {
  const Spec& spec = result.spec;
  if (adds(spec)) return {};
  if (result.removal.identity_when_empty()) {
    return {
        "With nothing removed this operator changes nothing, so the effect is "
        "that of the removal."};
  }
  const Headline& headline = summary.headline;
  if (!headline.removed || !headline.empty) {
    return {fmt::format(
        "Here {} goes along with the removal; what each does alone was not "
        "measured (--cells all).",
        mean_deed(result))};
  }
  return {what_it_is(spec, summary),
          fmt::format("Taking {} out alone {}.", components_words(spec),
                      counted(result, summary, *headline.removed,
                              &LayerSummary::removed)) +
              untested(summary, &LayerSummary::removed),
          undone(result, summary),
          fmt::format(
              "{} alone, with nothing removed, {}.",
              capital(mean_deed_in_short(result)),
              counted(result, summary, *headline.empty, &LayerSummary::empty)) +
              untested(summary, &LayerSummary::empty),
          fmt::format(
              "The effect of both together differs from the sum of the two in "
              "{} at q < {}.",
              of_layers(headline.layers_interaction, summary.layers.size()),
              kSignificance),
          changes(summary)};
}

}  // namespace excise
