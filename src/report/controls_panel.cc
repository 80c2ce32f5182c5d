#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "report/bent_axis.h"
#include "report/control_series.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

// {}: the limit of p.
constexpr const char kDefinition[] =
    "<p>A control is a draw for one cell: the same edit, its mean included "
    "where the cell has it, with something random in the place of what is "
    "removed. <em>Random changes of the same size</em> (norm-matched) keep "
    "the size of each token\u2019s whole change and the inner products of "
    "all pairs; <em>random directions</em> (random-rank) are as many "
    "directions of the activations\u2019 own space as were removed; "
    "<em>random directions at other places</em> (elsewhere) are as many of "
    "another layer or hook, each draw\u2019s at random, removed and scaled to "
    "change its activations by the same share of their norm; "
    "<em>shuffled neurons</em> are a description, without a p, for such "
    "directions leave that space. The band holds 95&nbsp;% of the draws\u2019 "
    "mean effects.</p><p>With R draws <em>p</em> = min(1, 2 (1 + m) / (R + "
    "1)), m the smaller number of draws that reach the edit from above or "
    "from below: filled points have p &lt; {}, above the band or below it. "
    "The <em>max statistic</em> puts one p on the whole sweep: with z = (d − "
    "mean) / sd over the R + 1 values of a layer, the largest |z| over layers "
    "is compared with that of each draw, and so is each layer\u2019s own "
    "|z|.</p>";

Figure band_figure(const ResultFolder& folder, const ShownControl& control) {
  Figure figure{.id = "controls-" + control.id,
                .title = "Beside its control: " + control.name,
                .choice = control.name,
                .x = layer_axis(folder),
                .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  std::vector<bool> filled;
  if (control.null) filled = beyond(folder, control);
  Series edit{.name = filled.empty() ? "edit"
                                     : "edit (filled: beyond nearly all draws)",
              .mark = Mark::kLineAndPoints,
              .hue = Hue::kRemoval};
  edit.x = layer_places(folder);
  edit.y = folder.by_layer(control.effect.c_str());
  edit.labels = layer_labels(folder);
  edit.filled = std::move(filled);
  const std::vector<double> watched = edit.y;
  figure.series = {control_band(folder, control), std::move(edit)};
  bend_where_dwarfed(watched, figure);
  return figure;
}

Html control_table(const ResultFolder& folder, const ShownControl& control) {
  Table table("Controls by layer: " + control.name, "controls-" + control.id,
              {"layer", "effect, nats", "median of draws", "draws with less, %",
               "p, two-sided", "q", "z", "p, max statistic", "stands"});
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    const auto number = [&](const char* key) {
      return number_at(entry, (control.pointer + key).c_str());
    };
    table.begin_row(std::to_string(folder.layers[row]))
        .number(number_at(entry, control.effect.c_str()), 4)
        .number(median_of(draws_of(folder, row, control)))
        .number(number("/percentile"));
    for (const char* key : {"/p_two_sided", "/q", "/z", "/p_max"})
      table.number(number(key));
    table.text(text_at(entry, (control.pointer + "/standing").c_str()));
  }
  return table.html();
}

}  // namespace

Panel controls_panel(const ResultFolder& folder) {
  Panel panel{.id = "controls",
              .title = "Is it more, or less, than changing anything so much?"};
  const auto controls = shown_controls(folder);
  if (controls.empty()) {
    panel.missing.raw("No control was run. <code>" + command_of(folder));
    panel.missing.raw(
        "</code> with <code>--controls norm-matched=40</code> repeats the edit "
        "with random "
        "changes of the same size, and shows the real one against them.");
    return panel;
  }
  Slot slot;
  for (const ShownControl& control : controls) {
    slot.choices.push_back(band_figure(folder, control));
    panel.after.raw("<details><summary>All numbers by layer: ")
        .text(control.name)
        .raw("</summary>")
        .add(control_table(folder, control))
        .raw("</details>");
  }
  panel.statements = passage_parts(folder, "controls");
  if (panel.statements.empty()) {
    panel.readings = {
        "An earlier version of excise wrote this result: its p was one-sided, "
        "and its norm-matched draws had the size of the component, not of the "
        "edit. The bands are as that version drew them."};
  }
  panel.definition.raw(fmt::format(kDefinition, significance(folder)));
  panel.slots.push_back(std::move(slot));
  return panel;
}

}  // namespace excise
