#include <fmt/format.h>

#include <array>
#include <cmath>

#include "report/bent_axis.h"
#include "report/concept_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p><em>Own words</em>: log P<sub>clean</sub> − log P<sub>edited</sub>, "
    "P the probability that the next token is one of the concept's words; mean "
    "over positions, then over the texts that report (of off those with the "
    "concept, of on those without it), in nats, with a 95 % interval over "
    "those texts. Above 0 they become less likely. <em>Control words</em>: the "
    "same of the control "
    "words. <em>Control text</em>: the mean of log p<sub>clean</sub> − log "
    "p<sub>edited</sub> of the tokens of the part of the control text that "
    "reports, with an interval over those tokens; its perplexity is "
    "multiplied by the exponential.</p>";

std::string of_report(const char* key, const char* what = "") {
  return std::string("/report/") + key + what;
}

struct Quantity {
  const char* key;
  const char* name;
  Hue hue;
};

constexpr std::array<Quantity, 3> kQuantities = {
    {{"control_words", "control words", Hue::kControl},
     {"control_text", "control text", Hue::kMeanAlone},
     {"own_words", "own words", Hue::kRemoval}}};

// By layer, at the strength that was chosen.
Figure layers_figure(const ResultFolder& folder, const ConceptWay& way) {
  const ConceptChoice choice = concept_choice(folder, way);
  Figure figure{
      .id = "effect-" + way.name,
      .title = fmt::format("Every layer {} with α = {} (filled: chosen)",
                           way.does, number_text(choice.alpha)),
      .x = layer_axis(folder),
      .y = {.title = "nats (above 0: less likely)"}};
  figure.rules = {{0, false, ""}};
  for (const Quantity& quantity : kQuantities) {
    const auto grid = concept_grid(folder, way, of_report(quantity.key));
    const auto low =
        concept_grid(folder, way, of_report(quantity.key, "_ci95/0"));
    const auto high =
        concept_grid(folder, way, of_report(quantity.key, "_ci95/1"));
    Series series{.name = quantity.name, .hue = quantity.hue};
    series.x = layer_places(folder);
    series.labels = layer_labels(folder);
    for (size_t row = 0; row < grid.rows(); ++row) {
      series.y.push_back(grid.row(row)[choice.col]);
      series.low.push_back(low.row(row)[choice.col]);
      series.high.push_back(high.row(row)[choice.col]);
      series.filled.push_back(choice.placed && row == choice.row);
    }
    figure.series.push_back(std::move(series));
  }
  bend_where_dwarfed(figure.series.back().y, figure);
  return figure;
}

// By strength, at the chosen layer.
Figure strengths_figure(const ResultFolder& folder, const ConceptWay& way) {
  const auto alphas = concept_alphas(folder);
  Figure figure{.id = "effect-strength-" + way.name,
                .title = "By strength, " + way.does,
                .x = {.title = "strength α"},
                .y = {.title = "nats (above 0: less likely)"}};
  figure.follows_layer = true;
  figure.rules = {{0, false, ""}};
  for (size_t j = 0; j < alphas.size(); ++j) {
    figure.x.places.push_back(static_cast<double>(j));
    figure.x.names.push_back(number_text(alphas[j]));
  }
  figure.x.range = {-0.4, static_cast<double>(alphas.size()) - 0.6};
  for (const Quantity& quantity : kQuantities) {
    Series series{.name = quantity.name, .hue = quantity.hue};
    series.x = figure.x.places;
    series.y = flat(concept_grid(folder, way, of_report(quantity.key)));
    series.low =
        flat(concept_grid(folder, way, of_report(quantity.key, "_ci95/0")));
    series.high =
        flat(concept_grid(folder, way, of_report(quantity.key, "_ci95/1")));
    for (const std::string& name : figure.x.names) {
      series.labels.push_back("α = " + name);
    }
    figure.series.push_back(std::move(series));
  }
  return figure;
}

// "+0.99 nats (0.31 to 1.7)", and whether that is told apart from 0.
std::string change_text(const ResultFolder& folder, const ConceptWay& way,
                        const char* key, size_t row, size_t col) {
  const auto at = [&](const char* what) {
    return concept_grid(folder, way, of_report(key, what)).row(row)[col];
  };
  const double low = at("_ci95/0"), high = at("_ci95/1");
  std::string text = signed_text(at("")) + " nats";
  if (std::isnan(low) || std::isnan(high)) return text + " (no interval)";
  text += fmt::format(" ({} to {}", signed_text(low), signed_text(high));
  return text + (low > 0 || high < 0 ? ")" : ", not told apart from 0)");
}

std::string reading(const ResultFolder& folder, size_t row) {
  std::string text = fmt::format("At layer {}", folder.layers[row]);
  for (const ConceptWay& way : concept_ways()) {
    const ConceptChoice choice = concept_choice(folder, way);
    text += &way == &concept_ways().front() ? ", " : "; ";
    text += fmt::format(
        "{} with strength {} costs the concept's words {} of log p and the "
        "control text {}",
        way.name, number_text(choice.alpha),
        change_text(folder, way, "own_words", row, choice.col),
        change_text(folder, way, "control_text", row, choice.col));
  }
  return text + " (below 0: more likely).";
}

Html cell_table(const ResultFolder& folder) {
  Table table(
      "All layers, switches and strengths, in the texts that report", "concept",
      {"layer", "switch", "α", "own words, nats", "from", "to",
       "control words, nats", "from", "to", "control text, nats", "from", "to",
       "own words (choosing texts)", "damage (choosing part)"});
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& cells = value_at(folder.layer_entry(row), "/cells");
    for (const auto& cell :
         cells.is_array() ? cells : nlohmann::json::array()) {
      table.begin_row(std::to_string(folder.layers[row]))
          .text(text_at(cell, "/switch"))
          .number(number_at(cell, "/alpha"));
      for (const char* key : {"own_words", "control_words", "control_text"}) {
        for (const char* what : {"", "_ci95/0", "_ci95/1"}) {
          table.number(concept_number(cell, of_report(key, what)));
        }
      }
      table.number(number_at(cell, "/choose/own_words"));
      table.number(number_at(cell, "/damage"));
    }
  }
  return table.html();
}

}  // namespace

std::optional<Slot> concept_main_figure(const ResultFolder& folder) {
  if (concept_alphas(folder).empty()) return std::nullopt;
  Slot slot;
  for (const ConceptWay& way : concept_ways()) {
    slot.choices.push_back(layers_figure(folder, way));
    slot.choices.back().choice = way.does;
  }
  return slot;
}

Panel concept_effect_panel(const ResultFolder& folder) {
  Panel panel{.id = "effect",
              .title = "What does it do to the concept, and what else?"};
  if (concept_alphas(folder).empty()) {
    panel.missing.raw("The result has no cells.");
    return panel;
  }
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    panel.readings.push_back(reading(folder, row));
  }
  panel.definition.raw(kDefinition);
  for (const ConceptWay& way : concept_ways()) {
    panel.slots.push_back({{strengths_figure(folder, way)}, false});
  }
  panel.after.raw("<details><summary>All numbers</summary>")
      .add(cell_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
