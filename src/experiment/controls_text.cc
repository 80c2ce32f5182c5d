#include "experiment/controls_text.h"

#include <fmt/format.h>

#include <utility>

#include "core/number_text.h"
#include "experiment/sentence_parts.h"
#include "math/statistics/empirical_p.h"
#include "math/statistics/quantile.h"

namespace excise {
namespace {

using LayerControls =
    const std::vector<ControlSummary>& (*)(const LayerSummary& layer);

std::string draws(size_t repeats) {
  return repeats == 1 ? "1 draw" : fmt::format("{} draws", repeats);
}

// Of the max statistic, whose least p is 1 / (repeats + 1).
std::string over_all_layers(const ControlHeadline& control) {
  if (!control.p_max ||
      smallest_p(control.repeats, Tail::kAbove) >= kSignificance)
    return "";
  const bool stands_out = *control.p_max < kSignificance;
  std::string text =
      fmt::format("{} over all layers at once (max statistic, p = {})",
                  stands_out ? "stands out" : "does not stand out",
                  short_text(*control.p_max, 2));
  if (stands_out && !control.layers_p_max.empty())
    text += ", by " + layer_list(control.layers_p_max);
  return text;
}

std::string too_few(const ControlHeadline& control) {
  return fmt::format(
      "with {} no two-sided p is below {}, so no layer can be told from them: "
      "that takes {}",
      draws(control.repeats),
      short_text(smallest_p(control.repeats, Tail::kTwoSided), 2),
      draws(control.repeats_for_p));
}

std::string layer_by_layer(const ControlHeadline& control, size_t all) {
  const size_t compared = control.layers_worse.size() +
                          control.layers_within.size() +
                          control.layers_less_harmful.size();
  std::string text = fmt::format(
      "Layer by layer (two-sided p < {}) it is more harmful than nearly all of "
      "them in {}, within them in {}, and less harmful than nearly all in {}",
      kSignificance, of_layers(control.layers_worse, all),
      control.layers_within.size(),
      of_layers(control.layers_less_harmful, all));
  if (compared < all) text += fmt::format(" ({} not compared)", all - compared);
  return text + fmt::format(
                    "; chance alone would put {} of {} beyond, and at least "
                    "one with probability {}.",
                    short_text(control.chance_layers, 2), all,
                    percent_text(control.chance_any, 0));
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
      "Beside {} of {} ({}) {} has the larger effect than {} % of them in the "
      "median layer: a description without a test, for such directions leave "
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
  const size_t all = summary.layers.size();
  for (size_t i = 0; i < controls.size(); ++i) {
    const ControlHeadline& control = controls[i];
    const std::string subject = cell_words(summary, result.spec, control.cell);
    if (!is_null(control.control)) {
      parts.push_back(described(subject, control, i, summary, controls_of));
      continue;
    }
    const std::string sweep = over_all_layers(control);
    std::string text = fmt::format(
        "Against {} of {} ({}){}", draws(control.repeats),
        control_words(control.control), control_name(control.control), where);
    if (!sweep.empty()) text += ", " + subject + " " + sweep;
    text += control.level > 0 ? (sweep.empty() ? ", of " + subject : "") +
                                    ". " + layer_by_layer(control, all)
                              : "; " + too_few(control) + ".";
    parts.push_back(std::move(text));
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
  }
  return "";
}

std::string cell_words(const Summary& summary, const Spec& spec, Cell cell) {
  if (cell == Cell::kRemoved) return "the removal alone";
  if (cell == Cell::kEmpty) return "the mean alone";
  if (adds(spec)) return "the addition";
  return summary.headline.removed || !spec.removal.identity_when_empty()
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
