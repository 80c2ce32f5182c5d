#include <fmt/format.h>

#include <array>
#include <cmath>

#include "report/panel_parts.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

struct Control {
  const char* key;
  const char* name;
  const char* definition;
  Hue hue;
};

constexpr std::array<Control, 3> kControls = {
    {{"random-rank", "random directions",
      "random directions of the activations\u2019 own space, as many as were "
      "removed",
      Hue::kControl},
     {"norm-matched", "norm-matched",
      "as much taken from each token, along random directions", Hue::kFourth},
     {"neuron-shuffle", "shuffled neurons",
      "the same change with its neurons permuted", Hue::kFifth}}};

std::string at(const Control& control, const char* key) {
  return std::string("/controls/") + control.key + "/" + key;
}

bool was_run(const ResultFolder& folder, const Control& control) {
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& means =
        value_at(folder.layer_entry(row), at(control, "mean").c_str());
    if (means.is_array() && !means.empty()) return true;
  }
  return false;
}

std::vector<double> repeats(const ResultFolder& folder, size_t row,
                            const Control& control) {
  std::vector<double> values;
  const auto& means =
      value_at(folder.layer_entry(row), at(control, "mean").c_str());
  for (const auto& mean : means.is_array() ? means : nlohmann::json::array()) {
    if (mean.is_number()) values.push_back(mean.get<double>());
  }
  return values;
}

Figure band_figure(const ResultFolder& folder, const Control& control) {
  Figure figure{
      .id = std::string("controls-") + control.key,
      .title = std::string("The removal beside its control: ") + control.name,
      .choice = control.name,
      .x = layer_axis(folder),
      .y = {.title = "nats a token (above 0 hurts)"}};
  figure.rules = {{0, false, ""}};
  Series band{.name = "95 % of the repeats, and their median",
              .mark = Mark::kBand,
              .hue = control.hue};
  band.x = layer_places(folder);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    add_to_band(repeats(folder, row, control), band);
  }
  Series removal{
      .name = "removal", .mark = Mark::kLineAndPoints, .hue = Hue::kRemoval};
  removal.x = layer_places(folder);
  removal.y = folder.by_layer("/default_n/mean");
  removal.labels = layer_labels(folder);
  const std::string p = at(control, "p");
  for (const double value : folder.by_layer(p.c_str())) {
    removal.filled.push_back(value < 0.05);
  }
  figure.close_up = close_up(removal.y);
  figure.series = {std::move(band), std::move(removal)};
  return figure;
}

std::string reading(const ResultFolder& folder, const Control& control) {
  const std::string key = at(control, "percentile");
  size_t above = 0, counted = 0;
  for (const double percentile : folder.by_layer(key.c_str())) {
    if (std::isnan(percentile)) continue;
    ++counted;
    above += percentile >= 95 ? 1 : 0;
  }
  return fmt::format(
      "In {} of {} the removal hurts more than 95 % of its control \u201C{}"
      "\u201D ({})",
      above, count_text(counted, "layer"), control.name, control.definition);
}

}  // namespace

Panel controls_panel(const ResultFolder& folder) {
  Panel panel{.id = "controls",
              .title = "Is it more than removing anything of that size?"};
  Slot slot;
  std::string sentence;
  std::vector<std::string> columns = {"layer", "effect, nats"};
  for (const Control& control : kControls) {
    if (!was_run(folder, control)) continue;
    slot.choices.push_back(band_figure(folder, control));
    sentence += (sentence.empty() ? "" : ". ") + reading(folder, control);
    for (const char* column : {"median", "p", "percentile"}) {
      columns.push_back(std::string(control.name) + ": " + column);
    }
  }
  if (slot.choices.empty()) {
    panel.missing.raw(
        "No control was run. <code>excise sweep</code> with "
        "<code>--controls random-rank=20</code> repeats the removal with "
        "random directions, and shows the real one against them.");
    return panel;
  }
  panel.readings = {sentence + "."};
  panel.definition.raw(
      "<p>A control is the same edit, its mean included, with something "
      "arbitrary in the place of the removed component, repeated. The band "
      "holds 95&nbsp;% of the repeats' mean effects. <em>p</em> = (b + 1) / (R "
      "+ 1), where b of the R repeats hurt at least as much as the removal; "
      "<em>percentile</em>: how many % of them hurt less. A filled point: p "
      "&lt; 0.05. These p are not corrected for the number of layers.</p>");
  Table table("Controls by layer", "controls", columns);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    table.begin_row(std::to_string(folder.layers[row]))
        .number(number_at(entry, "/default_n/mean"), 4);
    for (const Control& control : kControls) {
      if (!was_run(folder, control)) continue;
      table.number(median_of(repeats(folder, row, control)))
          .number(number_at(entry, at(control, "p").c_str()))
          .number(number_at(entry, at(control, "percentile").c_str()));
    }
  }
  panel.slots.push_back(std::move(slot));
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(table.html())
      .raw("</details>");
  return panel;
}

}  // namespace excise
