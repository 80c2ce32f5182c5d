#include <fmt/format.h>

#include <algorithm>

#include "report/corpus_panels.h"
#include "report/panel_parts.h"
#include "report/passage.h"

namespace excise {
namespace {

constexpr size_t kMostShown = 8;

Series group_series(const ResultFolder& folder, const nlohmann::json& group,
                    size_t index, size_t count) {
  Series series{.name = text_at(group, "/name"),
                .mark = Mark::kLineAndPoints,
                .hue = Hue::kRemoval};
  series.shade =
      count < 2 ? 1.0
                : static_cast<double>(index) / static_cast<double>(count - 1);
  series.x = layer_places(folder);
  series.labels = layer_labels(folder);
  const auto& layers = value_at(group, "/layers");
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& test = layers.is_array() && row < layers.size()
                           ? layers[row]
                           : value_at(group, "/none");
    series.y.push_back(number_at(test, "/mean"));
    series.low.push_back(interval_end(test, "/ci95", 0));
    series.high.push_back(interval_end(test, "/ci95", 1));
    series.filled.push_back(number_at(test, "/q") < significance(folder));
  }
  return series;
}

}  // namespace

std::optional<Panel> corpus_groups_panel(const ResultFolder& folder) {
  const auto& groups = value_at(folder.results, "/groups");
  if (!groups.is_array() || groups.empty()) return std::nullopt;
  Panel panel{.id = "groups", .title = "Do the groups differ?"};
  panel.statements = passage_parts(folder, "groups");
  panel.definition.raw(
      "<p>The same tests of the units of each group alone; q is corrected over "
      "layers and groups. That one group has an effect with q below the limit "
      "and another has none is no test of their difference.</p>");
  const size_t shown = std::min(groups.size(), kMostShown);
  Figure figure{
      .id = "groups-effect",
      .title = fmt::format("Effect by group, 95 % intervals; filled: q < {}",
                           significance(folder)),
      .x = layer_axis(folder),
      .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  for (size_t i = 0; i < shown; ++i)
    figure.series.push_back(group_series(folder, groups[i], i, shown));
  if (shown < groups.size()) {
    figure.says = {
        fmt::format("The first {} of {} groups; all are in "
                    "results.json.",
                    shown, groups.size())};
  }
  panel.slots.push_back({{std::move(figure)}, true});
  return panel;
}

}  // namespace excise
