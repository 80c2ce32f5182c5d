#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/bent_axis.h"
#include "report/bins.h"
#include "report/median_panels.h"
#include "report/panel_parts.h"
#include "report/passage.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>A share of p % is the largest ⌊p N / 100⌋ of the N pre-activations of "
    "the MLP, at the edited position. They are set to the median of all N (the "
    "smaller middle one of an even number; the mean or 0 where that was asked "
    "for). The <em>effect</em> is log p<sub>clean</sub> − log "
    "p<sub>edited</sub> of the target after the prompt, in nats: above 0 the "
    "replacement makes it less likely. <em>KL</em> is the divergence of the "
    "whole prediction there, in nats.</p>";

// As far beside its layer as its place among the shares.
double beside(size_t share, size_t shares) {
  const double width = 0.7;
  if (shares < 2) return 0;
  return width *
         (static_cast<double>(share) / static_cast<double>(shares - 1) - 0.5);
}

Figure points_figure(const ResultFolder& folder) {
  const Matrix<double>& effect = *folder.array("delta_logprob");
  const auto counts = folder.array("count")->row(0);
  Figure figure{.id = "effect-points",
                .title = "Effect on the target, one point a layer and share",
                .choice = "points",
                .x = layer_axis(folder),
                .y = {.title = "nats (above 0: less likely)"}};
  figure.rules = {{0, false, ""}};
  const size_t shares = effect.cols();
  for (const size_t j : shown_shares(folder)) {
    Series series{.name = share_text(folder, j), .mark = Mark::kPoints};
    series.shade =
        shares < 2 ? 1.0
                   : static_cast<double>(j) / static_cast<double>(shares - 1);
    for (size_t row = 0; row < effect.rows(); ++row) {
      series.x.push_back(static_cast<double>(folder.layers[row]) +
                         beside(j, shares));
      series.y.push_back(effect.row(row)[j]);
      series.labels.push_back(fmt::format(
          "layer {}, {} ({})", folder.layers[row], share_text(folder, j),
          count_text(static_cast<size_t>(std::max(0.0, counts[j])), "neuron")));
    }
    figure.series.push_back(std::move(series));
  }
  bend_where_dwarfed(flat(effect), figure);
  return figure;
}

Figure map_figure(const ResultFolder& folder, const std::string& id,
                  const std::string& title, const Matrix<double>& values,
                  ColourScale scale) {
  Figure figure{.id = id,
                .title = title,
                .choice = "map",
                .x = {.title = "share of the neurons"},
                .y = {.title = "edited layer"}};
  for (size_t j = 0; j < values.cols(); ++j) {
    figure.x.places.push_back(static_cast<double>(j));
    figure.x.names.push_back(share_text(folder, j));
  }
  for (size_t row = 0; row < values.rows(); ++row) {
    figure.y.places.push_back(static_cast<double>(row));
    figure.y.names.push_back(std::to_string(folder.layers[row]));
  }
  HeatMap heat{.values = flat(values),
               .rows = values.rows(),
               .cols = values.cols(),
               .scale = scale};
  const auto range = range_of(heat.values);
  heat.high = std::max({std::abs(range.first), std::abs(range.second), 1e-12});
  heat.low = scale == ColourScale::kDiverging ? -heat.high : 0;
  heat.unit = "nats";
  figure.close_up = close_up(values, 3);
  figure.heat_map = std::move(heat);
  return figure;
}

Html cell_table(const ResultFolder& folder) {
  std::vector<std::string> columns = {
      "layer",  "share, %", "neurons",  "effect, nats",
      "logits", "p edited", "KL, nats", "top 1 changed"};
  const bool random = folder.array("delta_logprob_random") != nullptr;
  if (random) {
    columns.insert(columns.end(),
                   {"random neurons, nats", "one-sided p of random"});
  }
  Table table("All layers and shares", "median", columns);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& cells = value_at(folder.layer_entry(row), "/cells");
    for (const auto& cell :
         cells.is_array() ? cells : nlohmann::json::array()) {
      table.begin_row(std::to_string(folder.layers[row]));
      for (const char* key : {"/percent", "/count", "/delta_logprob",
                              "/delta_logit", "/prob_edited", "/kl"}) {
        table.number(number_at(cell, key), 4);
      }
      const auto& changed = value_at(cell, "/top1_changed");
      table.text(changed.is_boolean() ? (changed.get<bool>() ? "yes" : "no")
                                      : "");
      if (!random) continue;
      table.number(number_at(cell, "/random/mean"))
          .number(number_at_either(cell, "/random/p_one_sided", "/random/p"));
    }
  }
  return table.html();
}

std::string reading(const ResultFolder& folder) {
  const Matrix<double>& effect = *folder.array("delta_logprob");
  const auto values = flat(effect);
  const auto hurt = std::count_if(values.begin(), values.end(),
                                  [](double value) { return value > 0; });
  std::string text = fmt::format(
      "{} becomes less likely in {} of {} combinations of layer and share",
      target_text(folder), hurt, values.size());
  if (const Matrix<double>* changed = folder.array("top1_changed")) {
    const auto flips = flat(*changed);
    text += fmt::format(
        ", and in {} the most likely next token becomes another one",
        std::count(flips.begin(), flips.end(), 1.0));
  }
  const auto cell = largest_cell(folder);
  if (cell) {
    text +=
        fmt::format("; the largest effect, {} nats, is at layer {} with {}",
                    signed_text(effect.row(cell->row)[cell->col]),
                    folder.layers[cell->row], share_text(folder, cell->col));
  }
  return text + ".";
}

}  // namespace

Panel median_effect_panel(const ResultFolder& folder) {
  Panel panel{.id = "effect",
              .title = "Where does the target need the largest activations?"};
  panel.readings = {reading(folder)};
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{points_figure(folder)}, true});
  panel.slots.push_back(
      {{map_figure(folder, "effect-map", "The same as a map",
                   *folder.array("delta_logprob"), ColourScale::kDiverging)},
       false});
  if (const Matrix<double>* kl = folder.array("kl")) {
    panel.slots.push_back({{map_figure(folder, "effect-kl",
                                       "KL divergence of the whole prediction",
                                       *kl, ColourScale::kSequential)},
                           false});
  }
  constexpr size_t kMostRows = 5000;
  if (folder.array("delta_logprob")->values().size() > kMostRows) {
    panel.after.raw(
        "<p class=\"note\">All numbers are in <code>median.csv</code>.</p>");
    return panel;
  }
  panel.after.raw("<details><summary>All numbers</summary>")
      .add(cell_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
