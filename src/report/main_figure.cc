#include <fmt/format.h>

#include <utility>

#include "report/control_series.h"
#include "report/panel_parts.h"
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

}  // namespace

std::optional<Slot> main_figure(const ResultFolder& folder) {
  const bool texts = has_over_texts(folder);
  const std::string test = texts ? "/over_texts" : "/default_n";
  const auto controls = shown_controls(folder, texts);
  const bool banded = !controls.empty() && controls.front().null;
  Figure figure{.id = "layers-effect",
                .x = layer_axis(folder),
                .y = {.title = "nats a token (above 0 hurts)"}};
  std::vector<bool> filled;
  if (banded) filled = beyond(folder, controls.front());
  const bool told = !filled.empty();
  figure.title = std::string(texts ? "Effect over texts" : "Effect") +
                 " by layer, 95 % intervals; filled: " +
                 (told ? "beyond nearly all of the band\u2019s draws"
                       : fmt::format("q < {}", significance(folder)));
  figure.rules = {{0, false, ""}};
  Series effect{.name = edit_name(folder),
                .mark = Mark::kLineAndPoints,
                .hue = Hue::kRemoval};
  effect.x = layer_places(folder);
  effect.y = folder.by_layer((test + "/mean").c_str());
  effect.low = interval_end(folder, (test + "/ci95").c_str(), 0);
  effect.high = interval_end(folder, (test + "/ci95").c_str(), 1);
  effect.labels = layer_labels(folder);
  figure.close_up = close_up(effect.y);
  if (banded) figure.series.push_back(control_band(folder, controls.front()));
  if (told) {
    effect.filled = std::move(filled);
  } else {
    for (const double q : folder.by_layer((test + "/q").c_str()))
      effect.filled.push_back(q < significance(folder));
  }
  if (!texts) {
    add_cell(folder, "/removed_branch", "removed alone", Hue::kNet, figure);
    add_cell(folder, "/empty_branch", "mean alone", Hue::kMeanAlone, figure);
  }
  figure.series.push_back(std::move(effect));
  Slot slot{.choices = {}, .wide = false};
  slot.choices.push_back(std::move(figure));
  return slot;
}

}  // namespace excise
