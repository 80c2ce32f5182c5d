#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "report/bent_axis.h"
#include "report/bins.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p><em>Keep only</em> removes every component but the subspace, <em>none "
    "kept</em> removes every component; what the basis leaves undescribed "
    "stays, and no mean is exchanged. Where keeping nothing costs something, "
    "what the subspace alone saves of it says how far it is enough, and not "
    "only needed.</p><p><em>Visible</em> removes the part of the direction "
    "that the output matrix reads, alone. Where that does much less than the "
    "whole, the direction reads what is dormant to move what acts (Makelov et "
    "al. 2023).</p><p><em>Swapped</em> gives the subspace the values that it "
    "has "
    "of another text of as many tokens, which no removal does: a change that "
    "the model meets in use. It can act only behind the first token that "
    "differs.</p><p><em>Robustness</em> repeats the removal under other "
    "choices: other means, half and twice the strength, not at the first "
    "token, the next component, and each half of the text. A verdict is: "
    "hurts, helps or neither, by q over layers, each choice for itself.</p>";

// A variant that the first layer has.
struct Shown {
  std::string id, name;
};

std::vector<Shown> shown_variants(const ResultFolder& folder) {
  std::vector<Shown> shown;
  const auto& variants = value_at(folder.layer_entry(0), "/variants");
  if (!variants.is_object()) return shown;
  for (const auto& [id, variant] : variants.items()) {
    const std::string name = text_at(variant, "/name");
    if (!name.empty()) shown.push_back({id, name});
  }
  return shown;
}

bool is_choice(const Shown& shown) {
  return shown.id != "keep_only" && shown.id != "none_kept" &&
         shown.id != "visible" && shown.id != "swap";
}

std::string pointer(const std::string& id, const char* key) {
  return "/variants/" + id + key;
}

// The removal beside variants that are not other choices of it.
std::optional<Figure> enough_figure(const ResultFolder& folder,
                                    const std::vector<Shown>& shown) {
  Figure figure{.id = "variants-enough",
                .title = "The removal, and what else is removed or kept",
                .x = layer_axis(folder),
                .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  Series removal{
      .name = "removal", .mark = Mark::kLineAndPoints, .hue = Hue::kRemoval};
  removal.x = layer_places(folder);
  removal.labels = layer_labels(folder);
  removal.y = folder.by_layer("/default_n/mean");
  std::vector<double> watched = removal.y;
  figure.series = {std::move(removal)};
  constexpr std::array kHuesOf = {Hue::kMeanAlone, Hue::kNet, Hue::kFourth,
                                  Hue::kFifth};
  for (const Shown& one : shown) {
    if (is_choice(one)) continue;
    Series series{.name = one.name + ", 95 %",
                  .mark = Mark::kLineAndPoints,
                  .hue = kHuesOf[figure.series.size() - 1]};
    series.x = layer_places(folder);
    series.labels = layer_labels(folder);
    series.y = folder.by_layer(pointer(one.id, "/mean").c_str());
    series.low = interval_end(folder, pointer(one.id, "/ci95").c_str(), 0);
    series.high = interval_end(folder, pointer(one.id, "/ci95").c_str(), 1);
    watched.insert(watched.end(), series.y.begin(), series.y.end());
    figure.series.push_back(std::move(series));
  }
  if (figure.series.size() == 1) return std::nullopt;
  bend_where_dwarfed(watched, figure);
  return figure;
}

// One row a choice, the removal on top.
std::optional<Figure> choices_figure(const ResultFolder& folder,
                                     const std::vector<Shown>& shown,
                                     bool of_t) {
  Figure figure{.id = of_t ? "variants-t" : "variants-effect",
                .title = "The removal under other choices",
                .choice = of_t ? "t" : "mean effect",
                .x = layer_axis(folder)};
  const char* key = of_t ? "/t" : "/mean";
  HeatMap heat{.cols = folder.layers.size(),
               .scale = ColourScale::kDiverging,
               .unit = of_t ? "t" : "nats",
               .first_row_on_top = true};
  const auto add = [&](const std::string& name, std::vector<double> row) {
    figure.y.places.push_back(static_cast<double>(heat.rows++));
    figure.y.names.push_back(name);
    heat.values.insert(heat.values.end(), row.begin(), row.end());
  };
  add("as it was asked for",
      folder.by_layer((std::string("/default_n") + key).c_str()));
  for (const Shown& one : shown) {
    if (is_choice(one))
      add(one.name, folder.by_layer(pointer(one.id, key).c_str()));
  }
  if (heat.rows == 1) return std::nullopt;
  figure.x.places.clear();
  for (size_t i = 0; i < folder.layers.size(); ++i) {
    figure.x.places.push_back(static_cast<double>(i));
    figure.x.names.push_back(std::to_string(folder.layers[i]));
  }
  const auto range = range_of(heat.values);
  heat.high = std::max({std::abs(range.first), std::abs(range.second), 1e-12});
  heat.low = -heat.high;
  figure.heat_map = std::move(heat);
  return figure;
}

Html variants_table(const ResultFolder& folder,
                    const std::vector<Shown>& shown) {
  Table table("Variants by layer", "variants",
              {"layer", "variant", "mean, nats", "95 % from", "to", "t", "q",
               "verdict"});
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    for (const Shown& one : shown) {
      const auto number = [&](const char* key) {
        return number_at(entry, pointer(one.id, key).c_str());
      };
      const std::string interval = pointer(one.id, "/ci95");
      table.begin_row(std::to_string(folder.layers[row]))
          .text(one.name)
          .number(number("/mean"), 4)
          .number(interval_end(entry, interval.c_str(), 0))
          .number(interval_end(entry, interval.c_str(), 1))
          .number(number("/t"))
          .number(number("/q"))
          .text(text_at(entry, pointer(one.id, "/verdict").c_str()));
    }
  }
  return table.html();
}

}  // namespace

Panel variants_panel(const ResultFolder& folder) {
  Panel panel{.id = "variants",
              .title = "Is it enough, and does it hang on a choice?"};
  const auto shown = shown_variants(folder);
  if (shown.empty()) {
    panel.missing.raw(
        "No variant was run. <code>excise sweep</code> with <code>--variants "
        "keep-only,robustness</code> asks whether the subspace is enough, and "
        "whether the verdicts hold under other means, strengths, tokens and "
        "components.");
    return panel;
  }
  panel.statements = passage_parts(folder, "variants");
  panel.definition.raw(kDefinition);
  if (auto figure = enough_figure(folder, shown))
    panel.slots.push_back({{std::move(*figure)}, true});
  if (auto effect = choices_figure(folder, shown, false)) {
    panel.slots.push_back(
        {{std::move(*effect), *choices_figure(folder, shown, true)}, true});
  }
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(variants_table(folder, shown))
      .raw("</details>");
  return panel;
}

}  // namespace excise
