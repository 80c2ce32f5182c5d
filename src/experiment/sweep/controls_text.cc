#include "experiment/sweep/controls_text.h"

#include <fmt/format.h>

#include "core/number_text.h"
#include "experiment/sweep/deed_words.h"
#include "math/statistics/empirical_p.h"
#include "math/statistics/quantile.h"

namespace excise {
namespace {

using LayerControls =
    const std::vector<ControlSummary>& (*)(const LayerSummary& layer);

std::string draws(size_t repeats) {
  return repeats == 1 ? "1 draw" : fmt::format("{} draws", repeats);
}

// The max statistic has a p that can be significant; its least is
// 1 / (repeats + 1).
bool has_p_max(const ControlHeadline& control) {
  return control.p_max &&
         smallest_p(control.repeats, Tail::kAbove) < kSignificance;
}

bool stands_out(const ControlHeadline& control) {
  return has_p_max(control) && *control.p_max < kSignificance;
}

std::string over_all_layers(const ControlHeadline& control) {
  if (!has_p_max(control)) return "cannot be compared over all layers at once";
  return fmt::format("{} over all layers at once (max statistic, p = {})",
                     stands_out(control) ? "stands out" : "does not stand out",
                     short_text(*control.p_max, 2));
}

// The layers that stand out among all, by their side.
std::string by_side(const ControlHeadline& control, size_t index,
                    const Summary& summary, LayerControls controls_of) {
  if (!stands_out(control)) return "";
  std::vector<size_t> above, below;
  for (const LayerSummary& layer : summary.layers) {
    const ControlSummary& one = controls_of(layer)[index];
    if (one.p_max.value_or(1) >= kSignificance) continue;
    (*one.z > 0 ? above : below).push_back(layer.layer);
  }
  std::string text;
  if (!above.empty()) text += ", above them in " + layer_list(above);
  if (!below.empty()) {
    text += (above.empty() ? ", below them in " : " and below them in ") +
            layer_list(below);
  }
  return text;
}

std::string too_few(const ControlHeadline& control) {
  return fmt::format(
      "with {} no two-sided p is below {} at a single layer: that takes {}",
      draws(control.repeats),
      short_text(smallest_p(control.repeats, Tail::kTwoSided), 2),
      draws(control.repeats_for_p));
}

// What a q of the layers would take, where there are too few draws for one.
std::string q_takes(const ControlHeadline& control) {
  if (control.repeats >= control.repeats_for_q) return "";
  return fmt::format(" (a q over layers takes {})",
                     draws(control.repeats_for_q));
}

std::string layer_by_layer(const ControlHeadline& control, size_t all) {
  const size_t compared = control.layers_worse.size() +
                          control.layers_within.size() +
                          control.layers_less_harmful.size();
  std::string text = fmt::format(
      "Layer by layer (two-sided p < {}) its effect is larger than nearly all "
      "of theirs in {}, among them in {}, and smaller than nearly all in {}",
      kSignificance, of_layers(control.layers_worse, all),
      control.layers_within.size(),
      of_layers(control.layers_less_harmful, all));
  if (compared < all) text += fmt::format(" ({} not compared)", all - compared);
  return text + fmt::format(
                    "; chance alone would put {} of {} beyond, and at least "
                    "one with probability {}{}.",
                    short_text(control.chance_layers, 2), all,
                    percent_text(control.chance_any, 0), q_takes(control));
}

// Of the only layer: what its p says.
std::string of_one_layer(const std::string& subject,
                         const ControlHeadline& control, size_t layer,
                         const ControlSummary& one) {
  if (control.level == 0) {
    return fmt::format("{} at layer {} cannot be compared; {}.", subject, layer,
                       too_few(control));
  }
  if (!one.standing) {
    return fmt::format("{} at layer {} cannot be compared.", subject, layer);
  }
  return fmt::format(
      "the effect of {} at layer {} is {} theirs (two-sided p = {}; p < {} by "
      "chance alone with probability {}).",
      subject, layer,
      *one.standing == Standing::kWorse    ? "larger than nearly all of"
      : *one.standing == Standing::kWithin ? "among"
                                           : "smaller than nearly all of",
      short_text(*one.p_two_sided, 2), kSignificance,
      percent_text(control.chance_any, 0));
}

// Of several: over all at once, then one by one.
std::string of_several_layers(const std::string& subject,
                              const ControlHeadline& control, size_t index,
                              const Summary& summary,
                              LayerControls controls_of) {
  const std::string text =
      fmt::format("{} {}{}", subject, over_all_layers(control),
                  by_side(control, index, summary, controls_of));
  return text + (control.level > 0
                     ? ". " + layer_by_layer(control, summary.layers.size())
                     : "; " + too_few(control) + ".");
}

// Of what is no null: how it lies, without a p.
std::string described(const std::string& subject,
                      const ControlHeadline& control, size_t index,
                      const Summary& summary, LayerControls controls_of) {
  std::vector<double> percentiles;
  for (const LayerSummary& layer : summary.layers) {
    const ControlSummary& one = controls_of(layer)[index];
    if (one.percentile) percentiles.push_back(*one.percentile);
  }
  if (percentiles.empty()) return "";
  return fmt::format(
      "Beside {} of {} ({}) {} has a larger effect than {} % of them (median "
      "over layers): a description without a test, for such directions leave "
      "the row space.",
      draws(control.repeats), control_words(control.control),
      control_name(control.control), subject,
      fixed_text(median(percentiles), 0));
}

std::vector<std::string> all_controls(
    const SweepResult& result, const Summary& summary,
    const std::vector<ControlHeadline>& controls, LayerControls controls_of,
    const std::string& where) {
  std::vector<std::string> parts;
  const bool one_layer = summary.layers.size() == 1;
  size_t tests = 0, last = 0;
  for (size_t i = 0; i < controls.size(); ++i) {
    const ControlHeadline& control = controls[i];
    const std::string subject = cell_words(result, summary, control.cell);
    if (!is_null(control.control)) {
      parts.push_back(described(subject, control, i, summary, controls_of));
      continue;
    }
    const LayerSummary& first = summary.layers.front();
    parts.push_back(
        fmt::format("Against {} of {} ({}){}, ", draws(control.repeats),
                    control_words(control.control),
                    control_name(control.control), where) +
        (one_layer
             ? of_one_layer(subject, control, first.layer,
                            controls_of(first)[i])
             : of_several_layers(subject, control, i, summary, controls_of)));
    if (one_layer ? control.level == 0 : !has_p_max(control)) continue;
    ++tests;
    last = i;
  }
  if (tests > 1) {
    parts[last] +=
        fmt::format(" These {} p{} are not corrected for each other.", tests,
                    one_layer ? "" : " of the max statistic");
  }
  return parts;
}

}  // namespace

std::string_view control_words(Control control) {
  switch (control) {
    case Control::kRandomRank:
      return "random directions in the component's place";
    case Control::kNormMatched:
      return "random changes of the same size";
    case Control::kNeuronShuffle:
      return "shuffles of the component's neurons";
    case Control::kElsewhere:
      return "random directions at other layers and hooks, with a change of "
             "the same relative size";
  }
  return "";
}

std::string cell_words(const SweepResult& result, const Summary& summary,
                       Cell cell) {
  if (cell == Cell::kRemoved) return "the removal alone";
  if (cell == Cell::kEmpty) return "the mean alone";
  if (adds(result.spec)) return "the addition";
  return summary.headline.removed || !result.removal.identity_when_empty()
             ? "the whole edit"
             : "the removal";
}

std::vector<std::string> controls_text(const SweepResult& result,
                                       const Summary& summary) {
  return all_controls(
      result, summary, summary.headline.controls,
      [](const LayerSummary& layer) -> const std::vector<ControlSummary>& {
        return layer.controls;
      },
      "");
}

std::vector<std::string> controls_over_texts(const SweepResult& result,
                                             const Summary& summary) {
  return all_controls(
      result, summary, summary.headline.controls_over_texts,
      [](const LayerSummary& layer) -> const std::vector<ControlSummary>& {
        return layer.over_texts->controls;
      },
      " over the texts");
}

}  // namespace excise
