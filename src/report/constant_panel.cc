#include <string>
#include <utility>
#include <vector>

#include "report/bent_axis.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>Every code of the component is set to one value: 0, which is the "
    "removal, eight values between the 1st and 99th percentile of the codes, "
    "and further ones beyond an edge that wins or around the best. The one "
    "that costs least over the first half of the tokens is chosen; effects are "
    "those of the second half, and q is over layers. What is found is an upper "
    "bound of what the optimal constant would cost (Li and Janson "
    "2024).</p>";

void add_series(const ResultFolder& folder, const char* name, Hue hue,
                const std::string& at, Figure& figure,
                std::vector<double>& watched) {
  Series series{.name = name, .mark = Mark::kLineAndPoints, .hue = hue};
  series.x = layer_places(folder);
  series.labels = layer_labels(folder);
  series.y = folder.by_layer((at + "/mean").c_str());
  series.low = interval_end(folder, (at + "/ci95").c_str(), 0);
  series.high = interval_end(folder, (at + "/ci95").c_str(), 1);
  watched.insert(watched.end(), series.y.begin(), series.y.end());
  figure.series.push_back(std::move(series));
}

Figure constant_figure(const ResultFolder& folder) {
  Figure figure{.id = "constant-effect",
                .title = "The removal and the best constant found",
                .x = layer_axis(folder),
                .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  std::vector<double> watched;
  add_series(folder, "removal, 95 %", Hue::kRemoval, "/constant/removal",
             figure, watched);
  add_series(folder, "best constant, 95 %", Hue::kMeanAlone, "/constant/effect",
             figure, watched);
  bend_where_dwarfed(watched, figure);
  return figure;
}

Html constant_table(const ResultFolder& folder) {
  Table table("The best constant found, by layer", "constant",
              {"layer", "code", "% of codes below", "constant, nats", "q",
               "removal, nats", "q", "difference, nats", "q"});
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    const auto number = [&](const char* key) {
      return number_at(entry, (std::string("/constant") + key).c_str());
    };
    table.begin_row(std::to_string(folder.layers[row]))
        .number(number("/code"), 4)
        .number(number("/percentile"))
        .number(number("/effect/mean"), 4)
        .number(number("/effect/q"))
        .number(number("/removal/mean"), 4)
        .number(number("/removal/q"))
        .number(number("/removal_minus_constant/mean"), 4)
        .number(number("/removal_minus_constant/q"));
  }
  return table.html();
}

}  // namespace

Panel constant_panel(const ResultFolder& folder) {
  Panel panel{.id = "constant", .title = "Would another constant have done?"};
  if (!value_at(folder.layer_entry(0), "/constant").is_object()) {
    panel.missing.raw(
        "Not tried. <code>excise sweep</code> with <code>--variants "
        "constant</code> looks for the value that costs least in the "
        "component\u2019s place.");
    return panel;
  }
  panel.statements = passage_parts(folder, "constant");
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{constant_figure(folder)}, true});
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(constant_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
