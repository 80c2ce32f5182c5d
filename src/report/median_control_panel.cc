#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/bent_axis.h"
#include "report/chance.h"
#include "report/median_panels.h"
#include "report/panel_parts.h"
#include "report/passage.h"

namespace excise {
namespace {

// {}: the limit of p.
constexpr const char kDefinition[] =
    "<p>A draw takes as many random neurons of the layer and sets them to the "
    "same value. The band holds 95&nbsp;% of the draws' effects. <em>p</em> is "
    "one-sided: (b + 1) / (R + 1), where b of the R draws cost the target at "
    "least as "
    "much as the largest neurons. A filled point: p &lt; {}. These p are not "
    "corrected for the number of layers and shares.</p>";

// [n * P] in the order of the arrays; NaN where there is none.
std::vector<double> random_p(const ResultFolder& folder) {
  const size_t shares = folder.array("percent")->cols();
  std::vector<double> all;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& cells = value_at(folder.layer_entry(row), "/cells");
    for (size_t j = 0; j < shares; ++j) {
      all.push_back(
          cells.is_array() && j < cells.size()
              ? number_at_either(cells[j], "/random/p_one_sided", "/random/p")
              : NAN);
    }
  }
  return all;
}

Figure share_figure(const ResultFolder& folder, const std::vector<double>& p,
                    size_t col) {
  const Matrix<double>& effect = *folder.array("delta_logprob");
  const Matrix<double>& random =
      *folder.array("delta_logprob_random");  // [n * P, R]
  const size_t shares = effect.cols();
  Figure figure{.id = "control-" + std::to_string(col),
                .title = "The largest " + share_text(folder, col) +
                         " beside as many random neurons",
                .choice = share_text(folder, col),
                .x = layer_axis(folder),
                .y = {.title = "nats (above 0: less likely)"}};
  figure.rules = {{0, false, ""}};
  Series band{.name = "95 % of the draws, and their median",
              .mark = Mark::kBand,
              .hue = Hue::kControl};
  band.x = layer_places(folder);
  Series largest{.name = "largest neurons",
                 .mark = Mark::kLineAndPoints,
                 .hue = Hue::kRemoval};
  largest.x = layer_places(folder);
  largest.labels = layer_labels(folder);
  for (size_t row = 0; row < effect.rows(); ++row) {
    const auto all = random.row(row * shares + col);
    add_to_band({all.begin(), all.end()}, band);
    largest.y.push_back(effect.row(row)[col]);
    largest.filled.push_back(p[row * shares + col] < significance(folder));
  }
  const std::vector<double> watched = largest.y;
  figure.series = {std::move(band), std::move(largest)};
  bend_where_dwarfed(watched, figure);
  std::vector<double> by_layer;
  for (size_t row = 0; row < effect.rows(); ++row)
    by_layer.push_back(p[row * shares + col]);
  const std::vector<double> draws(effect.rows(),
                                  static_cast<double>(random.cols()));
  figure.says = {beside_text(folder, beside_draws(folder, by_layer, draws),
                             "draws of as many random neurons")};
  return figure;
}

bool has_draws(const ResultFolder& folder) {
  const Matrix<double>* random = folder.array("delta_logprob_random");
  return random != nullptr && random->cols() > 0;
}

// A figure a share, the one of the largest effect first.
Slot share_slot(const ResultFolder& folder) {
  const auto p = random_p(folder);
  Slot slot;
  const auto cell = largest_cell(folder);
  for (const size_t col : shown_shares(folder)) {
    if (cell && cell->col == col) slot.first = slot.choices.size();
    slot.choices.push_back(share_figure(folder, p, col));
  }
  return slot;
}

}  // namespace

std::optional<Slot> median_main_figure(const ResultFolder& folder) {
  if (!has_draws(folder)) return std::nullopt;
  Slot slot = share_slot(folder);
  for (Figure& figure : slot.choices) figure.id = "head-" + figure.id;
  return slot;
}

Panel median_control_panel(const ResultFolder& folder) {
  Panel panel{.id = "control",
              .title = "Is it these neurons, or any of that number?"};
  if (!has_draws(folder)) {
    panel.missing.raw(
        "Random neurons were not tried. <code>excise median</code> with "
        "<code>--random 20</code> replaces as many random neurons, 20 times, "
        "and shows the largest ones against them.");
    return panel;
  }
  panel.readings = passages_about(folder, {"random"});
  panel.definition.raw(fmt::format(kDefinition, significance(folder)));
  panel.slots.push_back(share_slot(folder));
  return panel;
}

}  // namespace excise
