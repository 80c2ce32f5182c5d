#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/bins.h"
#include "report/concept_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>Of all layers and strengths the one is taken (the ring) that changes "
    "the concept's <em>own words</em> most as wanted, among those whose change "
    "of the control text stays within the bound: the upper end of the 95 % "
    "interval of its absolute mean over tokens (<em>damage</em>), in nats. "
    "Where none stays within it, the least harmful one. Of the texts half are "
    "fitted on, a quarter chooses and a quarter reports; of the control text "
    "some sentences choose and the others report. All other figures of this "
    "page are of what reports. Off with \u03B1 = 1 removes what lies along the "
    "direction; above 1 it is reflected.</p>";

// A map that is chosen from: its name, and what it shows of a cell.
struct Map {
  const char* id;
  const char* name;
  const char* pointer;
};

constexpr std::array<Map, 3> kMaps = {
    {{"choose", "own words, choosing texts", "/choose/own_words"},
     {"report", "own words, reporting texts", "/report/own_words"},
     {"damage", "damage, choosing part", "/damage"}}};

Figure grid_figure(const ResultFolder& folder, const ConceptWay& way,
                   const Map& map) {
  const auto alphas = concept_alphas(folder);
  const Matrix<double> grid = concept_grid(folder, way, map.pointer);
  Figure figure{.id = fmt::format("choice-{}-{}", way.name, map.id),
                .title = fmt::format("{}, {}", map.name, way.does),
                .choice = map.name,
                .x = {.title = "strength \u03B1"},
                .y = {.title = "layer"}};
  for (size_t j = 0; j < alphas.size(); ++j) {
    figure.x.places.push_back(static_cast<double>(j));
    figure.x.names.push_back(number_text(alphas[j]));
  }
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    figure.y.places.push_back(static_cast<double>(row));
    figure.y.names.push_back(std::to_string(folder.layers[row]));
  }
  HeatMap heat{.values = flat(grid),
               .rows = grid.rows(),
               .cols = grid.cols(),
               .scale = ColourScale::kDiverging};
  const auto range = range_of(heat.values);
  heat.high = std::max({std::abs(range.first), std::abs(range.second), 1e-12});
  heat.low = -heat.high;
  heat.unit = "nats";
  figure.close_up = close_up(grid, 3);
  figure.heat_map = std::move(heat);
  const ConceptChoice choice = concept_choice(folder, way);
  if (choice.placed) {
    Series ring{.name = "chosen", .mark = Mark::kPoints, .hue = Hue::kNet};
    ring.x = {static_cast<double>(choice.col)};
    ring.y = {static_cast<double>(choice.row)};
    ring.labels = {"chosen"};
    ring.filled = {false};
    figure.series.push_back(std::move(ring));
  }
  return figure;
}

// How the chosen cell fares where it was not chosen.
std::string reading(const ResultFolder& folder, const ConceptWay& way) {
  const ConceptChoice choice = concept_choice(folder, way);
  if (!choice.placed) return "What was chosen for " + way.name + " is unknown.";
  const std::string stated = concept_sentence(folder, way, "choice");
  const auto chosen = concept_grid(folder, way, "/choose/own_words");
  const auto reported = concept_grid(folder, way, "/report/own_words");
  return fmt::format(
      "{} There its own words lose {} nats, in the texts that report {} (below "
      "0: they gain).",
      stated.empty()
          ? fmt::format("For {}, layer {} with strength {} was chosen by an "
                        "earlier rule.",
                        way.name, number_text(choice.layer, 6),
                        number_text(choice.alpha))
          : stated,
      signed_text(chosen.row(choice.row)[choice.col]),
      signed_text(reported.row(choice.row)[choice.col]));
}

}  // namespace

Panel concept_choice_panel(const ResultFolder& folder) {
  Panel panel{.id = "choice", .title = "Where is the switch?"};
  if (concept_alphas(folder).empty()) {
    panel.missing.raw(
        "The result has no cells. <code>excise concept fit</code> tries every "
        "layer with several strengths.");
    return panel;
  }
  std::string text;
  for (const ConceptWay& way : concept_ways()) {
    text += reading(folder, way) + " ";
    Slot slot{.wide = false};
    for (const Map& map : kMaps) {
      const auto values = flat(concept_grid(folder, way, map.pointer));
      if (std::ranges::all_of(values, [](double v) { return std::isnan(v); })) {
        continue;
      }
      slot.choices.push_back(grid_figure(folder, way, map));
    }
    if (slot.choices.empty()) continue;
    panel.slots.push_back(std::move(slot));
  }
  text.pop_back();
  panel.readings = {text};
  panel.definition.raw(kDefinition);
  return panel;
}

}  // namespace excise
