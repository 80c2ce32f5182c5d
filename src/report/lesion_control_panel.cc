#include <fmt/format.h>

#include "report/bent_axis.h"
#include "report/lesion_captions.h"
#include "report/lesion_panels.h"
#include "report/panel_parts.h"
#include "report/passage.h"

namespace excise {
namespace {

// {}: the limit of p.
constexpr const char kDefinition[] =
    "<p>A draw zeroes as many random neurons of the layer in the same tests. "
    "The band holds 95&nbsp;% of the draws. <em>Own loss</em>: what the word "
    "of the zeroed neurons loses beyond the other, mean over tests; for a draw "
    "the same difference of the two words. <em>p</em> is "
    "one-sided: (b + 1) / (R + 1), where b of the R draws reach the group's "
    "value. A filled point: p &lt; {}. These p are not corrected for the "
    "number of layers.</p>";

struct Quantity {
  const char* id;
  const char* name;    // of the choice
  const char* title;   // on the axis
  const char* key;     // in a group's entry
  const char* random;  // the array of its draws, [n, 2, R]
  const char* p;
  const char* older_p;
};

constexpr std::array<Quantity, 2> kQuantities = {
    {{"own", "own loss", "own loss, logits", "/selective_loss/mean",
      "selective_loss_random", "/random/selective_loss_p_one_sided",
      "/random/selective_loss_p"},
     {"size", "size of change", "mean |change|, logits",
      "/mean_abs_delta_logit", "mean_abs_delta_logit_random",
      "/random/mean_abs_delta_logit_p_one_sided",
      "/random/mean_abs_delta_logit_p"}}};

bool has_draws(const ResultFolder& folder, const Quantity& quantity) {
  const Matrix<double>* random = folder.array(quantity.random);
  return random != nullptr && random->cols() > 0;
}

Figure band_figure(const ResultFolder& folder, const LesionGroup& group,
                   const Quantity& quantity) {
  Figure figure{
      .id = fmt::format("control-{}-{}", group.index == 0 ? "first" : "second",
                        quantity.id),
      .title = fmt::format("Those for {}: {}", group.word, quantity.name),
      .choice = quantity.name,
      .x = layer_axis(folder),
      .y = {.title = quantity.title}};
  figure.rules = {{0, false, ""}};
  Series real{.name = "neurons for " + group.word,
              .mark = Mark::kLineAndPoints,
              .hue = group.hue};
  real.x = layer_places(folder);
  real.y = by_layer(folder, group, quantity.key);
  real.labels = layer_labels(folder);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    real.filled.push_back(
        number_at_either(
            folder.layer_entry(row), (group.key + quantity.p).c_str(),
            (group.key + quantity.older_p).c_str()) < significance(folder));
  }
  Series band{.name = "95 % of random groups, and their median",
              .mark = Mark::kBand,
              .hue = Hue::kControl};
  band.x = layer_places(folder);
  const std::vector<double> watched = real.y;
  if (has_draws(folder, quantity)) {
    const Matrix<double>& random = *folder.array(quantity.random);  // [2 n, R]
    for (size_t row = 0; row < folder.layers.size(); ++row) {
      const auto draws = random.row(2 * row + group.index);
      add_to_band({draws.begin(), draws.end()}, band);
    }
    figure.series.push_back(std::move(band));
    figure.says = {random_caption(folder, group, quantity.p)};
  } else {
    real.filled.clear();
    figure.says = {
        "What chance would give is not drawn here: random groups of the same "
        "size were not tried, which --random 20 does."};
  }
  figure.series.push_back(std::move(real));
  bend_where_dwarfed(watched, figure);
  return figure;
}

}  // namespace

std::optional<Slot> lesion_main_figure(const ResultFolder& folder) {
  const Quantity& own = kQuantities[0];
  Slot slot;
  for (const LesionGroup& group : lesion_groups(folder)) {
    Figure figure = band_figure(folder, group, own);
    figure.id = group.index == 0 ? "head-first" : "head-second";
    figure.title = fmt::format("What {} loses beyond {}, its neurons zeroed",
                               group.word, group.other);
    figure.choice = "neurons for " + group.word;
    slot.choices.push_back(std::move(figure));
  }
  return slot;
}

Panel lesion_control_panel(const ResultFolder& folder) {
  Panel panel{.id = "control",
              .title = "Is it these neurons, or any of that number?"};
  for (const Quantity& quantity : kQuantities) {
    if (has_draws(folder, quantity)) continue;
    panel.missing.raw(
        "Random groups were not tried. <code>excise lesion</code> with "
        "<code>--random 20</code> zeroes as many random neurons, 20 times, and "
        "shows the real groups against them.");
    return panel;
  }
  panel.readings = passages_about(folder, {"random"});
  panel.definition.raw(fmt::format(kDefinition, significance(folder)));
  for (const LesionGroup& group : lesion_groups(folder)) {
    Slot slot{.wide = false};
    for (const Quantity& quantity : kQuantities) {
      slot.choices.push_back(band_figure(folder, group, quantity));
    }
    panel.slots.push_back(std::move(slot));
  }
  return panel;
}

}  // namespace excise
