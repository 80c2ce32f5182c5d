#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/corpus_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

constexpr size_t kNamed = 8;  // units at either end

// [units] at a layer; NaN where there is none.
std::vector<double> unit_means(const ResultFolder& folder, size_t row) {
  std::vector<double> means;
  const auto& list = value_at(folder.layer_entry(row), "/unit_means");
  for (const auto& mean : list.is_array() ? list : nlohmann::json::array())
    means.push_back(mean.is_number() ? mean.get<double>() : NAN);
  const size_t units = value_at(folder.results, "/units").size();
  means.resize(units, NAN);
  return means;
}

std::string unit_name(const ResultFolder& folder, size_t unit) {
  return text_at(value_at(folder.results, "/units").at(unit), "/name");
}

// Units by their effect at a layer.
std::vector<size_t> ranked(const std::vector<double>& means) {
  std::vector<size_t> order;
  for (size_t unit = 0; unit < means.size(); ++unit) {
    if (!std::isnan(means[unit])) order.push_back(unit);
  }
  std::ranges::stable_sort(order, {}, [&](size_t u) { return means[u]; });
  return order;
}

Figure spread_figure(const ResultFolder& folder, size_t row) {
  const std::vector<double> means = unit_means(folder, row);
  const std::vector<size_t> order = ranked(means);
  Figure figure{
      .id = "units-spread",
      .title = fmt::format("Effect of each unit at layer {}, in order",
                           folder.layers[row]),
      .x = {.title = "share of the units, %"},
      .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  Series series{
      .name = "one unit", .mark = Mark::kPoints, .hue = Hue::kRemoval};
  // Of many, every so many-th: a page need not hold ten thousand points.
  constexpr size_t kMost = 1000;
  const size_t step = std::max<size_t>(1, order.size() / kMost);
  for (size_t i = 0; i < order.size(); i += step) {
    series.x.push_back(100 * (static_cast<double>(i) + 0.5) /
                       static_cast<double>(order.size()));
    series.y.push_back(means[order[i]]);
    series.labels.push_back(unit_name(folder, order[i]));
  }
  figure.series.push_back(std::move(series));
  return figure;
}

Figure convergence_figure(const ResultFolder& folder, size_t row) {
  Figure figure{.id = "units-convergence",
                .title = fmt::format("The mean at layer {} after n units, 95 %",
                                     folder.layers[row]),
                .x = {.title = "units, in an order drawn by the seed",
                      .logarithmic = true},
                .y = {.title = "nats a token"}};
  figure.rules = {{0, false, ""}};
  Series series{.name = "mean of the first n",
                .mark = Mark::kLineAndPoints,
                .hue = Hue::kRemoval};
  const auto& steps = value_at(folder.layer_entry(row), "/convergence");
  for (const auto& step : steps.is_array() ? steps : nlohmann::json::array()) {
    series.x.push_back(number_at(step, "/n"));
    series.y.push_back(number_at(step, "/mean"));
    series.low.push_back(interval_end(step, "/ci95", 0));
    series.high.push_back(interval_end(step, "/ci95", 1));
    series.labels.push_back(fmt::format("{:.0f} units", series.x.back()));
  }
  figure.series.push_back(std::move(series));
  return figure;
}

Html ends_table(const ResultFolder& folder, size_t row) {
  const std::vector<double> means = unit_means(folder, row);
  std::vector<size_t> order = ranked(means);
  std::ranges::reverse(order);
  Table table(fmt::format("The units that layer {} means most and least to",
                          folder.layers[row]),
              "units", {"unit", "windows", "tokens", "effect, nats"});
  for (size_t i = 0; i < order.size(); ++i) {
    if (i >= kNamed && i + kNamed < order.size()) continue;
    const auto& unit = value_at(folder.results, "/units").at(order[i]);
    table.begin_row(text_at(unit, "/name"))
        .number(number_at(unit, "/windows"), 9)
        .number(number_at(unit, "/tokens"), 9)
        .number(means[order[i]], 4);
  }
  return table.html();
}

std::string reading(const ResultFolder& folder, size_t row) {
  const std::vector<double> means = unit_means(folder, row);
  const std::vector<size_t> order = ranked(means);
  if (order.empty()) return "No unit has an effect that can be told.";
  const auto hurt =
      std::ranges::count_if(means, [](double d) { return d > 0; });
  return fmt::format(
      "At layer {}, where the mean effect is largest, {} of {} are hurt; the "
      "median unit by {} nats a token, the most by {} ({}), the least by {} "
      "({}).",
      folder.layers[row], hurt, count_text(order.size(), "unit"),
      signed_text(median_of(means)), signed_text(means[order.back()]),
      unit_name(folder, order.back()), signed_text(means[order.front()]),
      unit_name(folder, order.front()));
}

}  // namespace

Panel corpus_units_panel(const ResultFolder& folder) {
  Panel panel{.id = "units", .title = "Do all texts mind?"};
  const size_t row = largest(folder.by_layer("/default_n/mean")).value_or(0);
  panel.readings = {reading(folder, row)};
  panel.definition.raw(
      "<p>A point is a unit: the mean of d over its tokens. The second figure "
      "shows whether there are enough: the mean of the first n units, in an "
      "order drawn by the seed, with its 95&nbsp;% interval.</p>");
  panel.slots.push_back({{spread_figure(folder, row)}, false});
  panel.slots.push_back({{convergence_figure(folder, row)}, false});
  panel.after.raw("<details><summary>Units at both ends</summary>")
      .add(ends_table(folder, row))
      .raw("</details>");
  return panel;
}

}  // namespace excise
