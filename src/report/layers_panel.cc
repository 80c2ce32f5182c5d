#include <fmt/format.h>

#include <cmath>
#include <tuple>

#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/second_opinion.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

// {}: the limit of p.
constexpr const char kDefinition[] =
    "<p>For token t, d<sub>t</sub> = log p<sub>clean</sub>(x<sub>t</sub>) "
    "− log p<sub>edited</sub>(x<sub>t</sub>), given the tokens before it, in "
    "nats: above 0 the removal hurts. The <em>effect</em> of a layer is the "
    "mean of d over the tokens that the edit can reach (1 … T−1 where it "
    "edits all), with its 95&nbsp;% interval and its one-sample t against 0. "
    "The <em>q-value</em> is the two-sided p of t "
    "after Benjamini–Hochberg over the swept layers, of a scan over layers "
    "and components. Tokens of one text are "
    "not independent: the tests describe this text and no more.</p>"
    "<p>The <em>second opinion</em> is the test of equally weighted cosines "
    "(Lazarus, Lewis, Stock and Watson 2018), which allows for effects that "
    "depend on those of neighbouring tokens, and has less power than t: its q "
    "is corrected as that of t is. A point is filled where both have q &lt; "
    "{0}; a hollow diamond is t\u2019s alone. <em>Lag 1</em> is the "
    "correlation of the effects of neighbouring tokens, <em>effective "
    "tokens</em> how many independent ones would tell the mean as well, and "
    "the <em>largest token\u2019s share</em> the most that one token has of "
    "the sum of effects, above 100&nbsp;% where all others together go the "
    "other way.</p>"
    "<p>The <em>share of variance</em> is 100 Σ<sub>k∈K</sub> "
    "s<sub>k</sub>² / Σ<sub>i</sub> s<sub>i</sub>² %, of the values after "
    "centring. With it and t over layers p is exact (all permutations) up to 9 "
    "layers; a relation is called clear where Pearson and Spearman both have p "
    "&lt; {0} and an interval without 0.</p>";

// One branch by layer; branch: the JSON pointer of its tests.
Series by_layer(const ResultFolder& folder, const std::string& name, Hue hue,
                const std::string& branch, const std::string& key) {
  Series series{.name = name, .mark = Mark::kLineAndPoints, .hue = hue};
  series.x = layer_places(folder);
  series.y = folder.by_layer((branch + "/default_n/" + key).c_str());
  series.labels = layer_labels(folder);
  fill_by_tests(folder, branch, series);
  return series;
}

Figure t_figure(const ResultFolder& folder) {
  Figure figure{.id = "layers-t",
                .title = fmt::format("t by layer ({})", fill_words(folder)),
                .x = layer_axis(folder),
                .y = {.title = "t"}};
  figure.rules = {{0, false, ""}};
  for (const auto& [branch, name, hue] :
       {std::tuple{"/removed_branch", "removed alone", Hue::kNet},
        std::tuple{"/empty_branch", "mean alone", Hue::kMeanAlone}}) {
    if (!value_at(folder.layer_entry(0), branch).is_object()) continue;
    Series series = by_layer(folder, name, hue, branch, "t");
    series.dashed = true;
    figure.series.push_back(std::move(series));
  }
  figure.series.push_back(
      by_layer(folder, edit_name(folder), Hue::kRemoval, "", "t"));
  return figure;
}

Figure q_figure(const ResultFolder& folder) {
  Figure figure{.id = "layers-q",
                .title = "q-value by layer",
                .x = layer_axis(folder),
                .y = {.title = "q", .logarithmic = true}};
  figure.series.push_back(
      by_layer(folder, edit_name(folder), Hue::kRemoval, "", "q"));
  figure.rules = {{significance(folder), false,
                   fmt::format("q = {}", significance(folder))}};
  return figure;
}

Figure share_figure(const ResultFolder& folder) {
  Figure figure{.id = "layers-share",
                .title = edit_noun(folder) == "removal"
                             ? "Share of variance that is removed"
                             : "Share of variance along the component",
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

std::string correlation_text(const ResultFolder& folder) {
  const auto& results = folder.results;
  const double r = number_at(results, "/share_vs_t_default_n/pearson_r");
  if (std::isnan(r)) return "";
  const char* const interval = "/share_vs_t_default_n/pearson_ci95";
  const double low = interval_end(results, interval, 0);
  const double high = interval_end(results, interval, 1);
  std::string text = "r\u00A0=\u00A0" + number_text(r, 2);
  if (!std::isnan(low) && !std::isnan(high)) {
    text += fmt::format(" (95 % interval {} to {})", number_text(low, 2),
                        number_text(high, 2));
  }
  return text;
}

Figure share_t_figure(const ResultFolder& folder) {
  const std::string r = correlation_text(folder);
  Figure figure{
      .id = "layers-share-t",
      .title = "Share of variance against t" + (r.empty() ? "" : ": " + r),
      .x = {.title = "share of variance removed, %"},
      .y = {.title = "t"}};
  Series series{.name = "layers", .mark = Mark::kPoints, .hue = Hue::kRemoval};
  series.x = folder.by_layer("/share");
  series.y = folder.by_layer("/default_n/t");
  for (const size_t layer : folder.layers) {
    series.labels.push_back(std::to_string(layer));
  }
  fill_by_tests(folder, "", series);
  series.label_points = true;
  figure.series.push_back(std::move(series));
  figure.rules = {{0, false, ""}};
  return figure;
}

Html layer_table(const ResultFolder& folder) {
  Table table("All layers", "layers",
              {"layer", "share of variance, %", "effect, nats", "95 % from",
               "to", "t", "p", "q", "KL, nats", "top 1 changed", "drift at end",
               "q, second opinion", "lag 1", "effective tokens",
               "largest token\u2019s share, %"});
  const auto low = interval_end(folder, "/default_n/ci95", 0);
  const auto high = interval_end(folder, "/default_n/ci95", 1);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    table.begin_row(std::to_string(folder.layers[row]))
        .number(number_at(entry, "/share"))
        .number(number_at(entry, "/default_n/mean"), 4)
        .number(low[row])
        .number(high[row]);
    for (const char* pointer :
         {"/default_n/t", "/default_n/p", "/default_n/q", "/kl_mean",
          "/top1_changed_share", "/drift_end_relative"}) {
      table.number(number_at(entry, pointer));
    }
    for (const char* pointer : {"/ewc/q", "/ewc/lag1", "/ewc/n_effective"})
      table.number(number_at(entry, pointer));
    table.number(100 * number_at(entry, "/largest_token/share"));
  }
  return table.html();
}

std::string reading(const ResultFolder& folder) {
  const auto means = folder.by_layer("/default_n/mean");
  const auto worst = largest(means);
  const auto hurt = numbers_at(folder.results, "/headline/layers_hurt");
  const auto helped = numbers_at(folder.results, "/headline/layers_helped");
  if (!worst) {
    return "No effect can be tested here: " +
           text_at(folder.layer_entry(0), "/default_n/reason") + ".";
  }
  std::string text = fmt::format(
      "The {} hurts the right next token in {} of {} at q < {}",
      edit_noun(folder), hurt.size(), count_text(folder.layers.size(), "layer"),
      significance(folder));
  if (!helped.empty()) {
    text +=
        fmt::format(" and helps in {} ({})", helped.size(), list_text(helped));
  }
  text += fmt::format("; the largest effect, {} nats a token, is at layer {}",
                      signed_text(means[*worst]), folder.layers[*worst]);
  const std::string r = correlation_text(folder);
  if (!r.empty()) {
    text += ". Over layers, share of variance and t correlate with " + r;
  }
  return text + ".";
}

}  // namespace

Panel layers_panel(const ResultFolder& folder) {
  Panel panel{.id = "layers", .title = "At which layers does it matter?"};
  panel.statements = passage_parts(folder, "effect");
  for (const char* topic : {"second opinion", "variance"}) {
    for (std::string& part : passage_parts(folder, topic))
      panel.statements.push_back(std::move(part));
  }
  if (panel.statements.empty()) panel.readings = {reading(folder)};
  panel.definition.raw(fmt::format(kDefinition, significance(folder)));
  panel.slots.push_back({{t_figure(folder)}, true});
  panel.slots.push_back({{q_figure(folder)}, false});
  panel.slots.push_back({{share_figure(folder)}, false});
  panel.slots.push_back({{share_t_figure(folder)}, true});
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(layer_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
