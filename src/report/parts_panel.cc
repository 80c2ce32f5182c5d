#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/bent_axis.h"
#include "report/bins.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>Between the clean stream in front of the final norm and the edited one "
    "lies what the edit wrote and what each later attention and MLP wrote "
    "differently. Along the straight line from one to the other the log "
    "probability of the right next token, through final norm, cap and softmax, "
    "is integrated with each of these parts (Aumann and Shapley 1974; "
    "Sundararajan et al. 2017): the shares, in nats, add up to the effect at "
    "every token. A share belongs to this line; another way between the two "
    "states would divide the same sum otherwise.</p><p><em>Edit alone</em> is "
    "the effect where the edit\u2019s own write reaches the end and nothing "
    "later changes with it. <em>Made up for</em> is 1 − effect / edit alone, "
    "with Fieller\u2019s interval, where the interval of edit alone excludes "
    "0: 1 means that later parts make up for all of it, below 0 that they add "
    "to it.</p>";

// Columns of the map: the edit, then attention and MLP of each block. relative:
// in % of each layer's largest share.
Figure map_figure(const ResultFolder& folder, bool relative) {
  Figure figure{.id = relative ? "parts-relative" : "parts-map",
                .title = "Share of the effect by edited layer and part",
                .choice = relative ? "% of the layer\u2019s largest" : "nats",
                .x = {.title = "the edit\u2019s write, then attention and MLP "
                               "of each block"},
                .y = {.title = "edited layer"}};
  HeatMap heat{.scale = ColourScale::kDiverging,
               .unit = relative ? "%" : "nats"};
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& shares = value_at(folder.layer_entry(row), "/parts/shares");
    heat.cols = shares.size();
    ++heat.rows;
    double unit = 1;
    if (relative) {
      unit = 0;
      for (const auto& share : shares)
        unit = std::fmax(unit, std::abs(number_at(share, "/mean")) / 100);
    }
    for (const auto& share : shares)
      heat.values.push_back(number_at(share, "/mean") / unit);
    figure.y.places.push_back(static_cast<double>(row));
    figure.y.names.push_back(std::to_string(folder.layers[row]));
  }
  figure.x.places = {0};
  figure.x.names = {"edit"};
  const size_t blocks = heat.cols / 2;
  constexpr size_t kMostNames = 16;
  const size_t step = (blocks + kMostNames - 1) / kMostNames;
  for (size_t block = 0; block < blocks; block += std::max<size_t>(step, 1)) {
    figure.x.places.push_back(1.5 + 2 * static_cast<double>(block));
    figure.x.names.push_back(std::to_string(block));
  }
  const auto range = range_of(heat.values);
  heat.high = std::max({std::abs(range.first), std::abs(range.second), 1e-12});
  heat.low = -heat.high;
  figure.heat_map = std::move(heat);
  return figure;
}

Figure alone_figure(const ResultFolder& folder) {
  Figure figure{.id = "parts-alone",
                .title = "The edit alone, and with all that follows",
                .x = layer_axis(folder),
                .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  Series whole{.name = "whole effect",
               .mark = Mark::kLineAndPoints,
               .hue = Hue::kRemoval};
  Series alone{.name = "edit alone, 95 %",
               .mark = Mark::kPoints,
               .hue = Hue::kMeanAlone};
  whole.x = alone.x = layer_places(folder);
  whole.labels = alone.labels = layer_labels(folder);
  whole.y = folder.by_layer("/default_n/mean");
  alone.y = folder.by_layer("/parts/direct/mean");
  alone.low = interval_end(folder, "/parts/direct/ci95", 0);
  alone.high = interval_end(folder, "/parts/direct/ci95", 1);
  std::vector<double> watched = whole.y;
  watched.insert(watched.end(), alone.y.begin(), alone.y.end());
  figure.series = {std::move(whole), std::move(alone)};
  bend_where_dwarfed(watched, figure);
  return figure;
}

// Sum of the shares from `first` on, every second one.
double sum_of(const nlohmann::json& shares, size_t first) {
  double sum = 0;
  for (size_t i = first; i < shares.size(); i += 2)
    sum += number_at(shares[i], "/mean");
  return sum;
}

// Controls of the preset that a layer has beside its parts.
std::vector<std::string> control_names(const ResultFolder& folder) {
  std::vector<std::string> names;
  const auto& controls = value_at(folder.layer_entry(0), "/parts/controls");
  if (!controls.is_object()) return names;
  for (const auto& [name, control] : controls.items()) names.push_back(name);
  return names;
}

Html parts_table(const ResultFolder& folder) {
  std::vector<std::string> columns = {"layer",
                                      "effect, nats",
                                      "edit\u2019s write",
                                      "later attention",
                                      "later MLPs",
                                      "edit alone, nats",
                                      "95 % from",
                                      "to",
                                      "made up for",
                                      "95 % from",
                                      "to"};
  const auto controls = control_names(folder);
  for (const std::string& name : controls) {
    columns.push_back("alone, " + name);
    columns.push_back("made up for, " + name);
  }
  Table table("Where the effect arises, by layer", "parts", columns);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    const auto& shares = value_at(entry, "/parts/shares");
    table.begin_row(std::to_string(folder.layers[row]))
        .number(number_at(entry, "/default_n/mean"), 4)
        .number(shares.empty() ? NAN : number_at(shares[0], "/mean"))
        .number(sum_of(shares, 1))
        .number(sum_of(shares, 2))
        .number(number_at(entry, "/parts/direct/mean"), 4)
        .number(interval_end(entry, "/parts/direct/ci95", 0))
        .number(interval_end(entry, "/parts/direct/ci95", 1))
        .number(number_at(entry, "/parts/repair"))
        .number(interval_end(entry, "/parts/repair_ci95", 0))
        .number(interval_end(entry, "/parts/repair_ci95", 1));
    for (const std::string& name : controls) {
      const std::string at = "/parts/controls/" + name;
      table.number(number_at(entry, (at + "/direct/mean").c_str()))
          .number(number_at(entry, (at + "/repair").c_str()));
    }
  }
  return table.html();
}

// As many shares at each layer, as a map of them has.
bool has_parts(const ResultFolder& folder) {
  const auto& first = value_at(folder.layer_entry(0), "/parts/shares");
  if (!first.is_array() || first.empty()) return false;
  for (size_t row = 1; row < folder.layers.size(); ++row) {
    if (value_at(folder.layer_entry(row), "/parts/shares").size() !=
        first.size())
      return false;
  }
  return true;
}

}  // namespace

Panel parts_panel(const ResultFolder& folder) {
  Panel panel{.id = "parts", .title = "Where does the effect arise?"};
  if (!has_parts(folder)) {
    panel.missing.raw(
        "Not measured. <code>excise sweep</code> with <code>--parts</code> "
        "tells which part of the effect is the edit\u2019s own, which arises "
        "in each later attention and MLP, and whether these make up for it.");
    return panel;
  }
  panel.statements = passage_parts(folder, "parts");
  panel.definition.raw(kDefinition);
  panel.slots.push_back(
      {{map_figure(folder, false), map_figure(folder, true)}, true});
  panel.slots.push_back({{alone_figure(folder)}, true});
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(parts_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
