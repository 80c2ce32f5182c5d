#include <fmt/format.h>

#include <cmath>

#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

using nlohmann::json;

const char* const kDefinition =
    "<p>One branch edits all layers of a set. With <code>clean</code> "
    "coordinates a later layer of the set loses what the clean run has there, "
    "with <code>live</code> ones what the edited run has. Beside it stands the "
    "sum of the mean effects of the same layers edited one at a time: more "
    "than the sum where layers make up for each other, less where they depend "
    "on each other.</p>";

// "0–5", "2 and 3".
std::string set_text(const json& set) {
  const auto layers = numbers_at(set, "/layers");
  return layers.empty() ? "no layers" : ranges_text(layers);
}

double interval(const json& set, size_t end) {
  return interval_end(set, "/default_n/ci95", end);
}

Figure sets_figure(const ResultFolder& folder, const json& sets) {
  Figure figure{.id = "together-effect",
                .title = "Layers edited together, and one at a time",
                .x = {.title = "set of layers"},
                .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  figure.x.range = {-0.6, static_cast<double>(sets.size()) - 0.4};
  Series together{
      .name = "together, 95 %", .mark = Mark::kPoints, .hue = Hue::kRemoval};
  Series sum{.name = "sum of one at a time",
             .mark = Mark::kPoints,
             .hue = Hue::kMeanAlone};
  for (size_t i = 0; i < sets.size(); ++i) {
    const auto place = static_cast<double>(i);
    figure.x.places.push_back(place);
    figure.x.names.push_back(set_text(sets[i]));
    together.x.push_back(place - 0.06);
    together.y.push_back(number_at(sets[i], "/default_n/mean"));
    together.low.push_back(interval(sets[i], 0));
    together.high.push_back(interval(sets[i], 1));
    sum.x.push_back(place + 0.06);
    sum.y.push_back(number_at(sets[i], "/sum_of_single_means"));
    together.labels.push_back("layers " + figure.x.names.back());
    sum.labels.push_back("layers " + figure.x.names.back());
  }
  figure.series = {std::move(sum), std::move(together)};
  return figure;
}

Html set_table(const json& sets) {
  Table table("Sets of layers", "together",
              {"layers", "coordinates", "effect, nats", "95 % from", "to", "t",
               "q", "sum of one at a time, nats", "KL, nats", "top 1 changed",
               "drift at end"});
  for (const json& set : sets) {
    table.begin_row(set_text(set))
        .text(text_at(set, "/coordinates"))
        .number(number_at(set, "/default_n/mean"), 4)
        .number(interval(set, 0))
        .number(interval(set, 1));
    for (const char* key :
         {"/default_n/t", "/default_n/q", "/sum_of_single_means", "/kl_mean",
          "/top1_changed_share", "/drift_end_relative"}) {
      table.number(number_at(set, key));
    }
  }
  return table.html();
}

// Of the first set: a reader asked for it first.
std::string reading(const json& sets) {
  const json& set = sets[0];
  const double together = number_at(set, "/default_n/mean");
  const double sum = number_at(set, "/sum_of_single_means");
  if (std::isnan(together)) return "No effect can be tested here.";
  std::string text =
      fmt::format("Layers {} edited together cost {} nats a token",
                  set_text(set), signed_text(together));
  if (!std::isnan(sum)) {
    text += fmt::format("; one at a time their effects add up to {}",
                        signed_text(sum));
    if (sum > 0 && together > 0) {
      text += together > sum
                  ? fmt::format(", {} times less", number_text(together / sum))
                  : fmt::format(", {} times more", number_text(sum / together));
    }
  }
  return text + ".";
}

}  // namespace

std::optional<Panel> together_panel(const ResultFolder& folder) {
  const json& sets = value_at(folder.results, "/together");
  if (!sets.is_array() || sets.empty()) return std::nullopt;
  Panel panel{.id = "together",
              .title = "What if several layers are edited at once?"};
  panel.readings = {passage_text(folder, "together")};
  if (panel.readings[0].empty()) panel.readings = {reading(sets)};
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{sets_figure(folder, sets)}, true});
  panel.after.raw("<details><summary>All numbers by set</summary>")
      .add(set_table(sets))
      .raw("</details>");
  return panel;
}

}  // namespace excise
