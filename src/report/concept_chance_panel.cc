#include <fmt/format.h>

#include <array>

#include "report/concept_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>The same edit along random directions: every token is changed by as "
    "much, but in a direction drawn from the row space of the activations that "
    "were fitted on. <em>p</em> of the own words is one-sided: (1 + draws that "
    "change them at least as much as wanted) / (1 + draws); of the control "
    "text two-sided. It is of the cell that was chosen, as if that had been "
    "named beforehand.</p>";

struct Quantity {
  const char* key;
  const char* name;
};

constexpr std::array<Quantity, 3> kQuantities = {
    {{"own_words", "own words"},
     {"control_words", "control words"},
     {"control_text", "control text"}}};

Figure draws_figure(const ResultFolder& folder, const ConceptWay& way) {
  Figure figure{
      .id = "random-" + way.name,
      .title = fmt::format("The concept among random directions, {}", way.does),
      .x = {.title = ""},
      .y = {.title = "nats (above 0: less likely)"}};
  figure.rules = {{0, false, ""}};
  figure.x.range = {-0.5, 2.5};
  const auto& chosen = value_at(folder.results, ("/" + way.name).c_str());
  Series draws{
      .name = "random directions", .mark = Mark::kPoints, .hue = Hue::kControl};
  Series real{
      .name = "the concept", .mark = Mark::kPoints, .hue = Hue::kRemoval};
  for (size_t i = 0; i < kQuantities.size(); ++i) {
    const std::string key = kQuantities[i].key;
    figure.x.places.push_back(static_cast<double>(i));
    figure.x.names.push_back(kQuantities[i].name);
    const auto& values = value_at(chosen, ("/random/" + key).c_str());
    for (const auto& value :
         values.is_array() ? values : nlohmann::json::array()) {
      if (!value.is_number()) continue;
      draws.x.push_back(static_cast<double>(i));
      draws.y.push_back(value.get<double>());
      draws.filled.push_back(false);
    }
    real.x.push_back(static_cast<double>(i));
    real.y.push_back(number_at(chosen, ("/report/" + key).c_str()));
    real.low.push_back(concept_number(chosen, "/report/" + key + "_ci95/0"));
    real.high.push_back(concept_number(chosen, "/report/" + key + "_ci95/1"));
  }
  figure.series = {std::move(draws), std::move(real)};
  return figure;
}

}  // namespace

Panel concept_chance_panel(const ResultFolder& folder) {
  Panel panel{.id = "chance", .title = "Would any direction do that?"};
  std::string text;
  for (const ConceptWay& way : concept_ways()) {
    const std::string stated = concept_sentence(folder, way, "chance");
    if (stated.empty()) continue;
    text +=
        fmt::format("{}For {}: {}", text.empty() ? "" : " ", way.name, stated);
    panel.slots.push_back({{draws_figure(folder, way)}, false});
  }
  if (text.empty()) {
    panel.missing.raw(
        "No random directions were drawn. <code>--random 40</code> changes "
        "every token by as much along 40 of them.");
    return panel;
  }
  panel.readings = {text};
  panel.definition.raw(kDefinition);
  return panel;
}

}  // namespace excise
