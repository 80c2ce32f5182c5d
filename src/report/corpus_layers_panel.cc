#include <fmt/format.h>

#include "report/corpus_panels.h"
#include "report/panel_parts.h"
#include "report/passage.h"

namespace excise {
namespace {

constexpr const char kDefinition[] =
    "<p>For token t, d<sub>t</sub> = log p<sub>clean</sub>(x<sub>t</sub>) − "
    "log p<sub>edited</sub>(x<sub>t</sub>), given the tokens before it in its "
    "window, in nats: above 0 the removal hurts. A unit counts once, by the "
    "mean of d over all its tokens. The <em>effect</em> of a layer is the mean "
    "over units, with its one-sample t against 0 and 95&nbsp;% interval, and "
    "one of units drawn again (bootstrap); q is the two-sided p after "
    "Benjamini–Hochberg over layers.</p>"
    "<p>The <em>share of variance</em> is the mean over units of what the "
    "removal takes of each window\u2019s values.</p>";

Figure share_figure(const ResultFolder& folder) {
  Figure figure{.id = "corpus-share",
                .title = "Share of variance that is removed, mean over units",
                .x = layer_axis(folder),
                .y = {.title = "%"}};
  figure.y.range = {0, 100};
  Series series{
      .name = "share of variance", .mark = Mark::kBars, .hue = Hue::kRemoval};
  series.x = layer_places(folder);
  series.y = folder.by_layer("/share");
  series.labels = layer_labels(folder);
  figure.series.push_back(std::move(series));
  return figure;
}

Html layer_table(const ResultFolder& folder) {
  Table table("All layers", "layers",
              {"layer", "share of variance, %", "effect, nats", "95 % from",
               "to", "redrawn from", "to", "t", "q", "units hurt",
               "each token once", "KL, nats", "top 1 changed"});
  const auto low = interval_end(folder, "/default_n/ci95", 0);
  const auto high = interval_end(folder, "/default_n/ci95", 1);
  const auto redrawn_low = interval_end(folder, "/bootstrap_ci95", 0);
  const auto redrawn_high = interval_end(folder, "/bootstrap_ci95", 1);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    table.begin_row(std::to_string(folder.layers[row]))
        .number(number_at(entry, "/share"))
        .number(number_at(entry, "/default_n/mean"), 4)
        .number(low[row])
        .number(high[row])
        .number(redrawn_low[row])
        .number(redrawn_high[row])
        .number(number_at(entry, "/default_n/t"))
        .number(number_at(entry, "/default_n/q"))
        .number(number_at(entry, "/units_hurt"), 9)
        .number(number_at(entry, "/token_mean"), 4)
        .number(number_at(entry, "/kl_mean"))
        .number(number_at(entry, "/top1_changed_share"));
  }
  return table.html();
}

}  // namespace

Panel corpus_layers_panel(const ResultFolder& folder) {
  Panel panel{.id = "layers", .title = "At which layers does it matter?"};
  panel.statements = passage_parts(folder, "effect");
  for (const char* topic : {"cells", "scan", "variance"}) {
    for (std::string& part : passage_parts(folder, topic))
      panel.statements.push_back(std::move(part));
  }
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{share_figure(folder)}, false});
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(layer_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
