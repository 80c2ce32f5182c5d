#include "report/bent_axis.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/second_opinion.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>Where the operator changes the activations even with nothing removed, "
    "two things happen at once. <em>Removed alone</em> takes the component "
    "out and leaves the mean as it is; <em>mean alone</em> exchanges the mean "
    "and removes nothing; the <em>whole edit</em> does both. The "
    "<em>interaction</em> is d of the whole edit minus both others, token by "
    "token. <em>Undone</em> is 1 − d(whole edit) / d(removed alone), of mean "
    "effects, with Fieller\u2019s 95&nbsp;% interval; there only where "
    "d(removed alone) is above 0 with its whole interval. <em>Mean in "
    "component</em> is the length of the mean\u2019s direction, projected on "
    "what is removed: of one component the size of their cosine. A component "
    "that is mostly the mean is put back with it.</p>";

Figure effects(const ResultFolder& folder) {
  Figure figure{.id = "cells-effect",
                .title = "Each alone, and both, with 95 % intervals; " +
                         fill_words(folder),
                .x = layer_axis(folder),
                .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  const struct {
    const char *branch, *name;
    Hue hue;
  } cells[] = {{"/removed_branch", "removed alone", Hue::kNet},
               {"/empty_branch", "mean alone", Hue::kMeanAlone},
               {"", "whole edit", Hue::kRemoval}};
  for (const auto& cell : cells) {
    const std::string test = std::string(cell.branch) + "/default_n";
    Series series{
        .name = cell.name, .mark = Mark::kLineAndPoints, .hue = cell.hue};
    series.x = layer_places(folder);
    series.y = folder.by_layer((test + "/mean").c_str());
    series.low = interval_end(folder, (test + "/ci95").c_str(), 0);
    series.high = interval_end(folder, (test + "/ci95").c_str(), 1);
    series.labels = layer_labels(folder);
    fill_by_tests(folder, cell.branch, series);
    figure.series.push_back(std::move(series));
  }
  bend_where_dwarfed(figure.series.back().y, figure);
  return figure;
}

Figure undone(const ResultFolder& folder) {
  Figure figure{.id = "cells-undone",
                .title = "Share of the cost of the removal that is undone",
                .x = layer_axis(folder),
                .y = {.title = "%"}};
  figure.rules = {{0, false, ""}, {100, false, ""}};
  Series series{
      .name = "undone, 95 %", .mark = Mark::kPoints, .hue = Hue::kFourth};
  series.x = layer_places(folder);
  series.y = folder.by_layer("/undone/share");
  series.low = interval_end(folder, "/undone/ci95", 0);
  series.high = interval_end(folder, "/undone/ci95", 1);
  for (auto* values : {&series.y, &series.low, &series.high}) {
    for (double& value : *values) value *= 100;
  }
  series.labels = layer_labels(folder);
  const std::vector<double> watched = series.y;
  figure.series.push_back(std::move(series));
  bend_where_dwarfed(watched, figure);
  return figure;
}

Figure cosines(const ResultFolder& folder) {
  Figure figure{.id = "cells-cosines",
                .title = "What the component and the changes are",
                .x = layer_axis(folder),
                .y = {.title = "cosine"}};
  figure.y.range = {-1.05, 1.05};
  figure.rules = {{0, false, ""}};
  const struct {
    const char *pointer, *name;
    Hue hue;
  } all[] = {
      {"/cells/restored_mean_in_removed", "mean in component", Hue::kRemoval},
      {"/cells/cos_empty_removed", "mean alone and removed alone",
       Hue::kMeanAlone},
      {"/cells/cos_empty_preset", "mean alone and whole edit", Hue::kFourth},
      {"/cells/cos_removed_preset", "removed alone and whole edit", Hue::kNet}};
  for (const auto& one : all) {
    Series series{
        .name = one.name, .mark = Mark::kLineAndPoints, .hue = one.hue};
    series.x = layer_places(folder);
    series.y = folder.by_layer(one.pointer);
    series.labels = layer_labels(folder);
    figure.series.push_back(std::move(series));
  }
  return figure;
}

Html layer_table(const ResultFolder& folder) {
  Table table("The cells by layer", "cells",
              {"layer", "whole edit, nats", "removed alone", "q", "mean alone",
               "q", "interaction", "q", "undone", "95 % from", "to",
               "mean in component", "cosine mean alone, removed alone"});
  const auto low = interval_end(folder, "/undone/ci95", 0);
  const auto high = interval_end(folder, "/undone/ci95", 1);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    table.begin_row(std::to_string(folder.layers[row]));
    for (const char* pointer :
         {"/default_n/mean", "/removed_branch/default_n/mean",
          "/removed_branch/default_n/q", "/empty_branch/default_n/mean",
          "/empty_branch/default_n/q", "/interaction/default_n/mean",
          "/interaction/default_n/q", "/undone/share"}) {
      table.number(number_at(entry, pointer));
    }
    table.number(low[row])
        .number(high[row])
        .number(number_at(entry, "/cells/restored_mean_in_removed"))
        .number(number_at(entry, "/cells/cos_empty_removed"));
  }
  return table.html();
}

}  // namespace

std::optional<Panel> cells_panel(const ResultFolder& folder) {
  if (!value_at(folder.layer_entry(0), "/removed_branch").is_object())
    return std::nullopt;
  Panel panel{.id = "cells",
              .title = "What does taking it out do, and what the mean?"};
  panel.statements = passage_parts(folder, "cells");
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{effects(folder)}, true});
  panel.slots.push_back({{undone(folder)}, false});
  panel.slots.push_back({{cosines(folder)}, false});
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(layer_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
