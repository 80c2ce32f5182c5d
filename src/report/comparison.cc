#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "report/page.h"
#include "report/panel_parts.h"
#include "report/report.h"

namespace excise {
namespace {

using nlohmann::json;

Hue hue_of(size_t index) {
  constexpr std::array<Hue, kHues> kOrder = {Hue::kRemoval, Hue::kMeanAlone,
                                             Hue::kNet,     Hue::kFourth,
                                             Hue::kFifth,   Hue::kControl};
  return kOrder[index % kHues];
}

std::string shown(const json& value) {
  if (value.is_null()) return "\u2013";
  std::string text =
      value.is_string()
          ? value.get<std::string>()
          : value.dump(-1, ' ', false, json::error_handler_t::replace);
  constexpr size_t kLongest = 120;
  if (text.size() > kLongest) {
    size_t end = kLongest;  // not within a character
    while (end > 0 &&
           (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    text = text.substr(0, end) + "\u2026";
  }
  return text;
}

// One line a key of the manifest, a column a result; what differs is marked.
void add_manifest_rows(const std::vector<Compared>& results,
                       const std::string& part, bool only_different,
                       Html& html) {
  std::set<std::string> keys;
  for (const Compared& result : results) {
    const json& facts = value_at(result.folder.results, part.c_str());
    if (!facts.is_object()) continue;
    for (const auto& [key, value] : facts.items()) {
      if (!value.is_object()) keys.insert(key);
    }
  }
  for (const std::string& key : keys) {
    std::vector<std::string> cells;
    for (const Compared& result : results) {
      const json& facts = value_at(result.folder.results, part.c_str());
      const auto found = facts.is_object() ? facts.find(key) : facts.end();
      cells.push_back(found == facts.end() ? "\u2013" : shown(*found));
    }
    const bool differs =
        std::adjacent_find(cells.begin(), cells.end(), std::not_equal_to<>()) !=
        cells.end();
    if (only_different && !differs) continue;
    html.raw("<tr><th scope=\"row\">").text(key).raw("</th>");
    for (const std::string& cell : cells) {
      html.raw(differs ? "<td class=\"differs\">" : "<td>")
          .text(cell)
          .raw("</td>");
    }
    html.raw("</tr>");
  }
}

Html difference_table(const std::vector<Compared>& results) {
  Html html;
  html.raw(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"How the runs differ\"><table "
      "data-csv=\"differences\"><caption>Settings that differ, and the "
      "headline numbers</caption><thead><tr><th scope=\"col\"></th>");
  for (const Compared& result : results) {
    html.raw("<th scope=\"col\">").text(result.name).raw("</th>");
  }
  html.raw("</tr></thead><tbody>");
  for (const char* part : {"/manifest/model", "/manifest/spec"}) {
    add_manifest_rows(results, part, true, html);
  }
  add_manifest_rows(results, "/headline", false, html);
  html.raw("</tbody></table></div>");
  return html;
}

Figure curves(const std::vector<Compared>& results, const std::string& id,
              const std::string& title, const std::string& unit,
              const char* pointer, double factor) {
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
                  .hue = hue_of(i)};
    series.x = layer_places(folder);
    series.y = folder.by_layer(pointer);
    for (double& value : series.y) value *= factor;
    series.labels = layer_labels(folder);
    series.dashed = i >= kHues;
    all.insert(all.end(), series.y.begin(), series.y.end());
    figure.series.push_back(std::move(series));
  }
  figure.close_up = close_up(all);
  return figure;
}

// Layer by layer: each result's effect, and what the others differ by from the
// first.
Html effect_table(const std::vector<Compared>& results) {
  std::vector<std::string> columns = {"layer"};
  for (const Compared& result : results) {
    columns.push_back(result.name + ": effect, nats");
    columns.push_back("t");
    columns.push_back("q");
    if (&result != &results.front()) columns.push_back("difference, nats");
  }
  Table table("Effects by layer", "comparison", columns);
  std::set<size_t> layers;
  for (const Compared& result : results) {
    layers.insert(result.folder.layers.begin(), result.folder.layers.end());
  }
  for (const size_t layer : layers) {
    table.begin_row(std::to_string(layer));
    double first = NAN;
    for (const Compared& result : results) {
      const auto& swept = result.folder.layers;
      const auto at = std::find(swept.begin(), swept.end(), layer);
      static const json kNone;
      const json& entry = at == swept.end()
                              ? kNone
                              : result.folder.layer_entry(
                                    static_cast<size_t>(at - swept.begin()));
      const double mean = number_at(entry, "/default_n/mean");
      table.number(mean, 4)
          .number(number_at(entry, "/default_n/t"))
          .number(number_at(entry, "/default_n/q"));
      if (&result == &results.front()) {
        first = mean;
      } else {
        table.number(mean - first);
      }
    }
  }
  return table.html();
}

std::string reading(const std::vector<Compared>& results) {
  std::string text;
  for (const Compared& result : results) {
    const auto means = result.folder.by_layer("/default_n/mean");
    const auto worst = largest(means);
    const auto hurt =
        numbers_at(result.folder.results, "/headline/layers_hurt");
    if (!text.empty()) text += "; ";
    text += fmt::format("{} hurts in {} of {}", result.name, hurt.size(),
                        count_text(result.folder.layers.size(), "layer"));
    if (worst) {
      text +=
          fmt::format(", most at layer {} ({} nats a token)",
                      result.folder.layers[*worst], signed_text(means[*worst]));
    }
  }
  return text + ".";
}

Panel curves_panel(const std::vector<Compared>& results) {
  Panel panel{.id = "curves", .title = "Layer by layer"};
  panel.readings = {reading(results)};
  panel.definition.raw(
      "<p>The effect is the mean of log p<sub>clean</sub> − log "
      "p<sub>edited</sub> of the right next token, in nats; t its one-sample "
      "test against 0; drift the distance of the last state to the clean one, "
      "in % of its size. Effects of different texts or models are not paired: "
      "their difference here has no test.</p>");
  panel.slots.push_back(
      {{curves(results, "compare-effect", "Mean effect by layer",
               "nats a token (above 0 hurts)", "/default_n/mean", 1)},
       true});
  panel.slots.push_back(
      {{curves(results, "compare-t", "t by layer", "t", "/default_n/t", 1)},
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
  panel.after.add(effect_table(results));
  return panel;
}

}  // namespace

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
  page.head.raw("</h1>").add(difference_table(results));
  page.panels.push_back(curves_panel(results));
  page.program = "excise " + text_at(results.front().folder.results,
                                     "/manifest/program/version");
  return page_html(page);
}

}  // namespace excise
