#include "experiment/sweep/headline.h"

#include <cmath>
#include <functional>

namespace excise {
namespace {

bool significant(const MeanTest& test) {
  return test.q && *test.q < kSignificance;
}

// test(layer): the MeanTest of one cell, or null where it has none.
EffectHeadline effect_headline(
    const std::vector<LayerSummary>& layers,
    const std::function<const MeanTest*(const LayerSummary&)>& test_of) {
  EffectHeadline headline;
  double worst = 0;
  double strongest = 0;
  for (const LayerSummary& layer : layers) {
    const MeanTest* test = test_of(layer);
    if (test == nullptr || !test->mean) continue;
    const double mean = *test->mean;
    if (mean > worst) {
      worst = mean;
      headline.worst_layer = layer.layer;
    }
    if (std::abs(mean) > strongest) {
      strongest = std::abs(mean);
      headline.strongest_layer = layer.layer;
    }
    if (significant(*test) && mean != 0) {
      (mean > 0 ? headline.layers_hurt : headline.layers_helped)
          .push_back(layer.layer);
    }
  }
  return headline;
}

// effect_of(layer): the tests of that cell, or null where it has none.
void add_second_opinion(
    const std::vector<LayerSummary>& layers,
    const std::function<const EffectTests*(const LayerSummary&)>& effect_of,
    EffectHeadline& headline) {
  for (const LayerSummary& layer : layers) {
    const EffectTests* effect = effect_of(layer);
    if (effect == nullptr || !effect->second) continue;
    if (!headline.layers_unconfirmed) {
      headline.layers_unconfirmed.emplace();
      headline.layers_one_token.emplace();
    }
    if (!significant(effect->default_n)) continue;
    if (!confirmed(effect->second))
      headline.layers_unconfirmed->push_back(layer.layer);
    if (effect->largest && effect->largest->share > kMuchOfTheSum)
      headline.layers_one_token->push_back(layer.layer);
  }
}

// controls_of(layer): the same controls in the same order at every layer.
Result<std::vector<ControlHeadline>> control_headlines(
    std::vector<LayerSummary>& layers,
    const std::function<std::vector<ControlSummary>&(LayerSummary&)>&
        controls_of) {
  std::vector<ControlHeadline> headlines;
  std::vector<size_t> numbers;
  for (const LayerSummary& layer : layers) numbers.push_back(layer.layer);
  const size_t controls = controls_of(layers.front()).size();
  for (size_t i = 0; i < controls; ++i) {
    std::vector<ControlSummary*> at_layers;
    for (LayerSummary& layer : layers)
      at_layers.push_back(&controls_of(layer)[i]);
    headlines.push_back(EXCISE_TRY(compare_over_layers(at_layers, numbers)));
  }
  return headlines;
}

}  // namespace

Result<Headline> headline_of(std::vector<LayerSummary>& layers) {
  Headline headline;
  if (layers.empty()) return headline;
  static_cast<EffectHeadline&>(headline) =
      effect_headline(layers, [](const LayerSummary& layer) {
        return &layer.removal.effect.default_n;
      });
  add_second_opinion(
      layers, [](const LayerSummary& layer) { return &layer.removal.effect; },
      headline);
  const auto of_cell = [&](std::optional<BranchSummary> LayerSummary::*cell)
      -> std::optional<EffectHeadline> {
    if (!(layers.front().*cell)) return std::nullopt;
    const auto effect_of = [&](const LayerSummary& layer) {
      return layer.*cell ? &(layer.*cell)->effect : nullptr;
    };
    EffectHeadline one = effect_headline(
        layers, [&](const LayerSummary& layer) -> const MeanTest* {
          const EffectTests* effect = effect_of(layer);
          return effect != nullptr ? &effect->default_n : nullptr;
        });
    add_second_opinion(layers, effect_of, one);
    return one;
  };
  headline.removed = of_cell(&LayerSummary::removed);
  headline.empty = of_cell(&LayerSummary::empty);
  if (layers.front().over_texts) {
    headline.over_texts = effect_headline(
        layers,
        [](const LayerSummary& layer) { return &layer.over_texts->test; });
    headline.controls_over_texts = EXCISE_TRY(control_headlines(
        layers, [](LayerSummary& layer) -> std::vector<ControlSummary>& {
          return layer.over_texts->controls;
        }));
  }
  for (const LayerSummary& layer : layers) {
    if (layer.interaction && significant(layer.interaction->default_n))
      headline.layers_interaction.push_back(layer.layer);
    if (layer.undone && layer.undone->share)
      headline.layers_undone.push_back(layer.layer);
    if (first_is_worst(layer.scan))
      headline.layers_first_worst.push_back(layer.layer);
  }
  headline.controls = EXCISE_TRY(control_headlines(
      layers, [](LayerSummary& layer) -> std::vector<ControlSummary>& {
        return layer.controls;
      }));
  return headline;
}

}  // namespace excise
