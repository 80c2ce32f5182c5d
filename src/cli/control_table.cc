#include "cli/control_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>

#include "cli/table_cell.h"

namespace excise {
namespace {

using ControlsOf =
    const std::vector<ControlSummary>& (*)(const LayerSummary& layer);

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

// "+": a larger effect than nearly all draws, "-": a smaller one.
char mark_of(const ControlSummary& control) {
  if (control.standing == Standing::kWorse) return '+';
  return control.standing == Standing::kLessHarmful ? '-' : ' ';
}

std::vector<const ControlSummary*> of_cell(
    const std::vector<ControlSummary>& controls, Cell cell) {
  std::vector<const ControlSummary*> chosen;
  for (const ControlSummary& control : controls) {
    if (control.cell == cell) chosen.push_back(&control);
  }
  return chosen;
}

using Shown = std::span<const ControlSummary* const>;

std::string line(size_t layer, Shown controls) {
  std::string text = fmt::format("{:>5} {:>10}", layer,
                                 cell("{:+.4f}", controls.front()->edit_mean));
  for (const ControlSummary* control : controls) {
    text +=
        fmt::format(" {:>14} {:>4}", cell("{:+.4f}", mean_of(control->mean)),
                    cell("{:.0f}", control->percentile));
    if (!is_null(control->control)) continue;
    text += fmt::format(" {:>6}{}", cell("{:.2g}", control->p_two_sided),
                        mark_of(*control));
  }
  return ended(text) + "\n";
}

// What a control says of all layers.
std::string over_layers(const ControlHeadline& control, size_t layers) {
  if (!is_null(control.control)) {
    return fmt::format(
        "{}: a description, without a p: shuffled directions leave the row "
        "space.\n",
        control_name(control.control));
  }
  std::string text = fmt::format(
      "{}, {} draws: ", control_name(control.control), control.repeats);
  if (control.p_max)
    text +=
        fmt::format("max statistic over layers p = {:.2g}; ", *control.p_max);
  if (control.level > 0) {
    text +=
        fmt::format("by chance {:.2g} of {} {} beyond", control.chance_layers,
                    layers, layers == 1 ? "layer" : "layers");
  } else {
    text += fmt::format("a layer's p < {} takes {} draws", kSignificance,
                        control.repeats_for_p);
  }
  if (control.repeats < control.repeats_for_q)
    text += fmt::format(", q takes {} draws", control.repeats_for_q);
  return text + ".\n";
}

std::string head(Shown controls, const Terminal& terminal) {
  std::string names = fmt::format("{:>5} {:>10}", "layer", "effect");
  std::string units = fmt::format("{:>5} {:>10}", "", "nats");
  for (const ControlSummary* control : controls) {
    const bool null = is_null(control->control);
    names += fmt::format(" {:>14} {:>4}", control_name(control->control), "");
    units += fmt::format(" {:>14} {:>4}", "mean, nats", "%");
    if (null) names += fmt::format(" {:>6} ", "");
    if (null) units += fmt::format(" {:>6} ", "p");
  }
  return bold(ended(names), terminal) + "\n" + ended(units) + "\n";
}

std::string table(const Summary& summary, ControlsOf controls_of,
                  const std::vector<ControlHeadline>& headlines, Cell cell,
                  const std::string& title, const Terminal& terminal) {
  const auto first = of_cell(controls_of(summary.layers.front()), cell);
  if (first.empty()) return "";
  constexpr size_t kInARow = 3;  // within 100 columns
  std::string out = title;
  for (size_t from = 0; from < first.size(); from += kInARow) {
    const size_t shown = std::min(kInARow, first.size() - from);
    if (from > 0) out += "\n";
    out += head(std::span(first).subspan(from, shown), terminal);
    for (const LayerSummary& layer : summary.layers) {
      const auto controls = of_cell(controls_of(layer), cell);
      out += line(layer.layer, std::span(controls).subspan(from, shown));
    }
  }
  for (const ControlHeadline& control : headlines) {
    if (control.cell == cell)
      out += over_layers(control, summary.layers.size());
  }
  return out;
}

std::string legend() {
  return fmt::format(
      "%: draws with a smaller effect. p: two-sided; + larger than nearly all "
      "draws (p < {}), - smaller.\n\n",
      kSignificance);
}

}  // namespace

std::string control_table(const Summary& summary, const Terminal& terminal) {
  if (summary.layers.empty() || summary.layers.front().controls.empty()) {
    return "";
  }
  const ControlsOf controls_of =
      [](const LayerSummary& layer) -> const std::vector<ControlSummary>& {
    return layer.controls;
  };
  const bool both = summary.layers.front().removed.has_value();
  return table(summary, controls_of, summary.headline.controls, Cell::kPreset,
               both ? "Controls of the whole edit, its mean included\n" : "",
               terminal) +
         (both ? "\n" : "") +
         table(summary, controls_of, summary.headline.controls, Cell::kRemoved,
               "Controls of the removal alone\n", terminal) +
         legend();
}

std::string control_table_over_texts(const Summary& summary,
                                     const Terminal& terminal) {
  if (summary.layers.empty() || !summary.layers.front().over_texts ||
      summary.layers.front().over_texts->controls.empty()) {
    return "";
  }
  return table(
             summary,
             [](const LayerSummary& layer)
                 -> const std::vector<ControlSummary>& {
               return layer.over_texts->controls;
             },
             summary.headline.controls_over_texts, Cell::kPreset,
             "Controls over the texts\n", terminal) +
         legend();
}

}  // namespace excise
