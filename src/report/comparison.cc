#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "report/bent_axis.h"
#include "report/comparison_parts.h"
#include "report/page.h"
#include "report/panel_parts.h"
#include "report/report.h"

namespace excise {
namespace {

using nlohmann::json;

// A line a setting or number, a column a result. On a phone the columns stand
// below the name of their line (page.css).
Html beside(const std::string& caption, const std::string& file,
            const std::vector<Compared>& results,
            const std::vector<ComparedRow>& rows) {
  Html html;
  html.raw(
          "<div class=\"scroll whole\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"")
      .text(caption)
      .raw("\"><table class=\"beside\" style=\"--results:")
      .raw(std::to_string(results.size()))
      .raw("\" data-csv=\"")
      .text(file)
      .raw("\"><caption>")
      .text(caption)
      .raw("</caption><thead><tr><th scope=\"col\"></th>");
  for (const Compared& result : results)
    html.raw("<th scope=\"col\">").text(result.name).raw("</th>");
  html.raw("</tr></thead><tbody>");
  for (const ComparedRow& row : rows) {
    html.raw("<tr><th scope=\"row\">").text(row.name);
    if (!row.option.empty())
      html.raw(" <code>").text(row.option).raw("</code>");
    html.raw("</th>");
    for (const std::string& cell : row.cells)
      html.raw("<td>").text(cell).raw("</td>");
    html.raw("</tr>");
  }
  return html.raw("</tbody></table></div>");
}

Figure curves(const std::vector<Compared>& results, const std::string& id,
              const std::string& title, const std::string& unit,
              const std::string& pointer, double factor) {
  Figure figure{.id = id,
                .title = title,
                .x = {.title = "edited layer", .whole_numbers = true},
                .y = {.title = unit}};
  figure.rules = {{0, false, ""}};
  std::vector<double> all;
  for (size_t i = 0; i < results.size(); ++i) {
    const ResultFolder& folder = results[i].folder;
    Series series{.name = results[i].name,
                  .mark = Mark::kLineAndPoints,
                  .hue = compared_hue(i)};
    series.x = layer_places(folder);
    series.y = folder.by_layer(pointer.c_str());
    for (double& value : series.y) value *= factor;
    series.labels = layer_labels(folder);
    series.dashed = i >= kHues;
    all.insert(all.end(), series.y.begin(), series.y.end());
    figure.series.push_back(std::move(series));
  }
  bend_where_dwarfed(all, figure);
  return figure;
}

// Of one layer of a result; null where that was not swept.
const json& entry_of(const ResultFolder& folder, size_t layer) {
  static const json kNone;
  const auto row = folder.row_of(layer);
  return row ? folder.layer_entry(*row) : kNone;
}

std::set<size_t> all_layers(const std::vector<Compared>& results) {
  std::set<size_t> layers;
  for (const Compared& result : results)
    layers.insert(result.folder.layers.begin(), result.folder.layers.end());
  return layers;
}

Html effect_table(const std::vector<Compared>& results,
                  const std::string& test) {
  std::vector<std::string> columns = {"layer"};
  for (const Compared& result : results) columns.push_back(result.name);
  Table table("Mean effect by layer, nats a token", "comparison", columns,
              "narrow");
  for (const size_t layer : all_layers(results)) {
    table.begin_row(std::to_string(layer));
    for (const Compared& result : results) {
      table.number(
          number_at(entry_of(result.folder, layer), (test + "/mean").c_str()));
    }
  }
  return table.html();
}

// A line a layer and result.
Html test_table(const std::vector<Compared>& results, const std::string& test) {
  Table table("Tests by layer and result", "comparison-tests",
              {"layer", "result", "effect, nats", "95 % from", "to", "t", "q"},
              "narrow");
  for (const size_t layer : all_layers(results)) {
    for (const Compared& result : results) {
      const json& entry = entry_of(result.folder, layer);
      if (!entry.is_object()) continue;
      const json& one = value_at(entry, test.c_str());
      table.begin_row(std::to_string(layer))
          .text(result.name)
          .number(number_at(one, "/mean"), 4)
          .number(interval_end(one, "/ci95", 0))
          .number(interval_end(one, "/ci95", 1))
          .number(number_at(one, "/t"))
          .number(number_at(one, "/q"), 2);
    }
  }
  return table.html();
}

Panel curves_panel(const std::vector<Compared>& results) {
  Panel panel{.id = "curves", .title = "Layer by layer"};
  const bool texts = std::ranges::all_of(results, [](const Compared& result) {
    return has_over_texts(result.folder);
  });
  const std::string test = texts ? "/over_texts" : "/default_n";
  panel.definition.raw(
      "<p>The effect is the mean of log p<sub>clean</sub> − log "
      "p<sub>edited</sub> of the right next token, in nats; t its one-sample "
      "test against 0; drift the distance of the last state to the clean one, "
      "in % of its size. Where each result has several texts, effect and t are "
      "those over texts; the other figures are of the first text.</p>");
  panel.slots.push_back(
      {{curves(results, "compare-effect", "Mean effect by layer",
               "nats a token (above 0 hurts)", test + "/mean", 1)},
       true});
  panel.slots.push_back(
      {{curves(results, "compare-t", "t by layer", "t", test + "/t", 1)},
       false});
  panel.slots.push_back(
      {{curves(results, "compare-share", "Share of variance that is removed",
               "%", "/share", 1)},
       false});
  panel.slots.push_back(
      {{curves(results, "compare-drift", "Drift of the last state",
               "% of its size", "/drift_end_relative", 100)},
       false});
  panel.slots.push_back({{curves(results, "compare-kl", "Mean KL divergence",
                                 "nats", "/kl_mean", 1)},
                         false});
  panel.after.add(effect_table(results, test))
      .raw("<details><summary>The tests of each result</summary>")
      .add(test_table(results, test))
      .raw("</details>");
  return panel;
}

// What each result counts by itself.
Panel outcome_panel(const std::vector<Compared>& results) {
  Panel panel{.id = "outcome", .title = "What came out of each?"};
  panel.readings = {headline_reading(results)};
  panel.definition.raw(
      "<p>Each result\u2019s own counts, tests and controls, as its own report "
      "has them.</p>");
  panel.before =
      beside("What came out", "headline", results, headline_rows(results));
  return panel;
}

}  // namespace

Hue compared_hue(size_t index) {
  constexpr std::array<Hue, kHues> kOrder = {Hue::kRemoval, Hue::kMeanAlone,
                                             Hue::kNet,     Hue::kFourth,
                                             Hue::kFifth,   Hue::kControl};
  return kOrder[index % kHues];
}

std::string comparison_page(const std::vector<Compared>& results) {
  Page page;
  page.title = "Comparison · excise report";
  page.head.raw("<p class=\"kicker\">excise comparison</p><h1>");
  for (size_t i = 0; i < results.size(); ++i) {
    page.head
        .raw(i == 0 ? ""
                    : (i + 1 == results.size() ? " <span class=\"light\">and"
                                                 "</span> "
                                               : ", "))
        .text(results[i].name);
  }
  page.head.raw("</h1>");
  const auto settings = different_settings(results);
  if (settings.empty()) {
    page.head.raw("<p>All settings, the model and the text are the same.</p>");
  } else {
    page.head.add(
        beside("What differs between the runs", "settings", results, settings));
  }
  page.panels.push_back(difference_panel(results));
  page.panels.push_back(outcome_panel(results));
  page.panels.push_back(curves_panel(results));
  page.program = "excise " + text_at(results.front().folder.results,
                                     "/manifest/program/version");
  return page_html(page);
}

}  // namespace excise
