#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/bent_axis.h"
#include "report/control_series.h"
#include "report/panel_parts.h"
#include "report/second_opinion.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

// A cell of the 2 x 2 beside the preset: a line without intervals.
void add_cell(const ResultFolder& folder, const char* branch, const char* name,
              Hue hue, Figure& figure) {
  if (!value_at(folder.layer_entry(0), branch).is_object()) return;
  Series series{
      .name = name, .mark = Mark::kLineAndPoints, .hue = hue, .dashed = true};
  series.x = layer_places(folder);
  series.y = folder.by_layer((std::string(branch) + "/default_n/mean").c_str());
  series.labels = layer_labels(folder);
  series.filled.assign(series.y.size(), false);
  figure.series.push_back(std::move(series));
}

// What the band is; or that there is none, and what would draw it.
std::string chance_text(const ResultFolder& folder,
                        const ShownControl* control) {
  if (control == nullptr) {
    return "What chance would give is not drawn here: no random change of the "
           "same size was tried, which --controls norm-matched=40 does.";
  }
  size_t draws = 0;
  for (size_t row = 0; row < folder.layers.size(); ++row)
    draws = std::max(draws, draws_of(folder, row, *control).size());
  return fmt::format(
      "Band: what chance gives, at each layer 95 % of {} ({}) and their "
      "median.",
      count_text(draws, "draw"), control->name);
}

}  // namespace

std::optional<Slot> main_figure(const ResultFolder& folder) {
  const bool texts = has_over_texts(folder);
  const std::string test = texts ? "/over_texts" : "/default_n";
  const auto controls = shown_controls(folder, texts);
  const bool banded = !controls.empty() && controls.front().null;
  Figure figure{
      .id = "layers-effect", .x = layer_axis(folder), .y = effect_axis(folder)};
  std::vector<bool> filled;
  if (banded) filled = beyond(folder, controls.front());
  const bool told = !filled.empty();
  figure.title = std::string(texts ? "Effect over texts" : "Effect") +
                 " by layer, 95 % intervals; " +
                 (told    ? "filled: beyond nearly all of the band\u2019s draws"
                  : texts ? fmt::format("filled: q < {}", significance(folder))
                          : fill_words(folder));
  figure.rules = {{0, false, ""}};
  Series effect{.name = edit_name(folder),
                .mark = Mark::kLineAndPoints,
                .hue = Hue::kRemoval};
  effect.x = layer_places(folder);
  effect.y = folder.by_layer((test + "/mean").c_str());
  effect.low = interval_end(folder, (test + "/ci95").c_str(), 0);
  effect.high = interval_end(folder, (test + "/ci95").c_str(), 1);
  effect.labels = layer_labels(folder);
  if (banded) figure.series.push_back(control_band(folder, controls.front()));
  if (told) {
    effect.filled = std::move(filled);
  } else if (texts) {
    for (const double q : folder.by_layer((test + "/q").c_str()))
      effect.filled.push_back(q < significance(folder));
  } else {
    fill_by_tests(folder, "", effect);
  }
  if (!texts) {
    add_cell(folder, "/removed_branch", "removed alone", Hue::kNet, figure);
    add_cell(folder, "/empty_branch", "mean alone", Hue::kMeanAlone, figure);
  }
  const std::vector<double> watched = effect.y;
  figure.series.push_back(std::move(effect));
  bend_where_dwarfed(watched, figure);
  figure.says = {chance_text(folder, banded ? &controls.front() : nullptr)};
  Slot slot;
  slot.choices.push_back(std::move(figure));
  return slot;
}

}  // namespace excise
