#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/bins.h"
#include "report/concept_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p><em>Selectivity</em> is the wanted change of the concept's own words "
    "over what the control text loses: ± own words / (0.02 + |control text|), "
    "+ for off and − for on, both in nats; the 0.02 keep a switch that does "
    "next to nothing from winning. Of the texts half are fitted on, a quarter "
    "chooses and a quarter reports. The layer and strength of the highest "
    "selectivity in the choosing texts are taken (the ring); all other figures "
    "of this page are of the texts that report.</p>";

Figure grid_figure(const ResultFolder& folder, const ConceptWay& way,
                   const char* use, const std::string& choice_name) {
  const auto alphas = concept_alphas(folder);
  const Matrix<double> grid = concept_grid(folder, way, use, "selectivity");
  Figure figure{.id = fmt::format("choice-{}-{}", way.name, use),
                .title = "Selectivity, " + way.does,
                .choice = choice_name,
                .x = {.title = "strength α"},
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
  heat.unit = "selectivity";
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
  if (!choice.placed) return "What was chosen for " + way.name + " is unknown";
  const auto chosen = concept_grid(folder, way, "choose", "selectivity");
  const auto grid = concept_grid(folder, way, "report", "selectivity");
  const double reported = grid.row(choice.row)[choice.col];
  const auto all = flat(grid);
  const auto better = std::count_if(
      all.begin(), all.end(), [&](double value) { return value > reported; });
  return fmt::format(
      "For {}, layer {} with strength {} has the highest selectivity in the "
      "choosing texts ({}); in the texts that report it is {}, {}",
      way.name, number_text(choice.layer, 6), number_text(choice.alpha),
      number_text(chosen.row(choice.row)[choice.col]), number_text(reported),
      better == 0
          ? "the highest there too"
          : fmt::format("and {} of {} cells are higher", better, all.size()));
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
    text += reading(folder, way) + ". ";
    Slot slot{.wide = false};
    slot.choices.push_back(
        grid_figure(folder, way, "choose", "choosing texts"));
    slot.choices.push_back(
        grid_figure(folder, way, "report", "reporting texts"));
    panel.slots.push_back(std::move(slot));
  }
  text.pop_back();
  panel.readings = {text};
  panel.definition.raw(kDefinition);
  return panel;
}

}  // namespace excise
