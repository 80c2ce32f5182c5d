#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/bins.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>One cell is one removal at one layer: of one component "
    "(<code>each</code>), or of the first ones up to it "
    "(<code>cumulative</code>). The mean effect and t are those of the panel "
    "on layers, q is corrected over the whole grid, and the share of variance "
    "is that of what was removed.</p>";

// A grid of the folder, or nothing.
std::optional<Figure> grid(const ResultFolder& folder, const char* array,
                           const std::string& choice, const std::string& unit,
                           bool diverging) {
  const Matrix<double>* values = folder.array(array);
  if (values == nullptr || values->empty()) return std::nullopt;
  // Over units the shares of later steps are not kept.
  if (std::isnan((*values)(0, values->cols() - 1))) return std::nullopt;
  const bool cumulative = text_at(folder.results, "/scan/mode") == "cumulative";
  Figure figure{.id = std::string("scan-") + (array + 5),
                .title = choice + " by layer and " +
                         (cumulative ? "number of components" : "component"),
                .choice = choice,
                .x = {.title = cumulative ? "removed up to component"
                                          : "removed component"},
                .y = {.title = "edited layer"}};
  std::replace(figure.id.begin(), figure.id.end(), '_', '-');
  const auto components = numbers_at(folder.results, "/scan/components");
  for (size_t i = 0; i < values->cols(); ++i) {
    figure.x.places.push_back(static_cast<double>(i));
    figure.x.names.push_back(
        std::to_string(i < components.size() ? components[i] : i));
  }
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    figure.y.places.push_back(static_cast<double>(row));
    figure.y.names.push_back(std::to_string(folder.layers[row]));
  }
  HeatMap heat{
      .values = flat(*values), .rows = values->rows(), .cols = values->cols()};
  const auto range = range_of(heat.values);
  heat.scale = diverging ? ColourScale::kDiverging : ColourScale::kSequential;
  heat.high = std::max({std::abs(range.first), std::abs(range.second), 1e-12});
  heat.low = diverging ? -heat.high : 0;
  heat.unit = unit;
  figure.heat_map = std::move(heat);
  return figure;
}

// Whether the component of the largest share is also the one of the largest
// effect, layer by layer.
std::string reading(const ResultFolder& folder) {
  const Matrix<double>* mean = folder.array("scan_mean");
  const Matrix<double>* share = folder.array("scan_share");
  if (mean == nullptr || mean->empty()) return "";
  const auto components = numbers_at(folder.results, "/scan/components");
  const auto name = [&](size_t i) {
    return i < components.size() ? components[i] : i;
  };
  const auto values = flat(*mean);
  const auto worst = largest(values);
  if (!worst) return "";
  std::string text = fmt::format(
      "The largest effect of the grid, {} nats a token, is that of "
      "component {} at layer {}",
      signed_text(values[*worst]), name(*worst % mean->cols()),
      folder.layers[*worst / mean->cols()]);
  if (share == nullptr || share->cols() != mean->cols() ||
      text_at(folder.results, "/scan/mode") == "cumulative") {
    return text + ".";
  }
  size_t agree = 0;
  for (size_t row = 0; row < mean->rows(); ++row) {
    const auto by_effect =
        largest({mean->row(row).begin(), mean->row(row).end()});
    const auto by_share =
        largest({share->row(row).begin(), share->row(row).end()});
    agree += by_effect && by_effect == by_share ? 1 : 0;
  }
  return text + fmt::format(
                    "; in {} of {} the component of the largest variance is "
                    "also the one that hurts most.",
                    agree, count_text(folder.layers.size(), "layer"));
}

}  // namespace

Panel scan_panel(const ResultFolder& folder) {
  Panel panel{.id = "scan",
              .title = "Is the largest component the most important one?"};
  Slot slot;
  for (auto figure :
       {grid(folder, "scan_mean", "Mean effect", "nats", true),
        grid(folder, "scan_t", "t", "t", true),
        grid(folder, "scan_q", "q", "q", false),
        grid(folder, "scan_share", "Share of variance", "%", false)}) {
    if (figure) slot.choices.push_back(std::move(*figure));
  }
  if (slot.choices.empty()) {
    panel.missing.raw("Only one set of components was removed. <code>" +
                      command_of(folder));
    panel.missing.raw(
        "</code> with <code>--remove each:0-15</code> removes one component "
        "after the "
        "other, and shows a grid of layers and components.");
    return panel;
  }
  panel.readings = {passage_text(folder, "scan")};
  if (panel.readings[0].empty()) panel.readings = {reading(folder)};
  panel.definition.raw(kDefinition);
  panel.slots.push_back(std::move(slot));
  return panel;
}

}  // namespace excise
