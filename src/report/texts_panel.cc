#include <fmt/format.h>

#include <cmath>

#include "report/bent_axis.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>Each text counts once, by the mean of its d over its tokens; the mean "
    "of these means has a one-sample t against 0 and a 95&nbsp;% interval, its "
    "q is corrected over the layers (Benjamini–Hochberg), of a scan over "
    "layers and components. Texts are "
    "independent where tokens of one text are not: this is the test that "
    "speaks of texts like these. The second interval is of texts drawn again "
    "(bootstrap).</p>";

size_t count_texts(const ResultFolder& folder) {
  const auto& texts = value_at(folder.results, "/texts");
  return texts.is_array() ? texts.size() : 0;
}

// [n, texts]; NaN where there is none.
Matrix<double> text_means(const ResultFolder& folder) {
  Matrix<double> means(folder.layers.size(), count_texts(folder));
  for (size_t row = 0; row < means.rows(); ++row) {
    const auto& list = value_at(folder.layer_entry(row), "/over_texts/means");
    for (size_t m = 0; m < means.cols(); ++m) {
      means.row(row)[m] =
          list.is_array() && m < list.size() && list[m].is_number()
              ? list[m].get<double>()
              : NAN;
    }
  }
  return means;
}

Figure means_figure(const ResultFolder& folder) {
  const Matrix<double> means = text_means(folder);
  Figure figure{
      .id = "texts-means",
      .title = fmt::format("Mean effect of each text (filled: q < {})",
                           significance(folder)),
      .x = layer_axis(folder),
      .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  Series single{
      .name = "one text", .mark = Mark::kPoints, .hue = Hue::kControl};
  for (size_t row = 0; row < means.rows(); ++row) {
    for (size_t m = 0; m < means.cols(); ++m) {
      single.x.push_back(static_cast<double>(folder.layers[row]) - 0.18);
      single.y.push_back(means.row(row)[m]);
      single.labels.push_back(
          fmt::format("layer {}, text {}", folder.layers[row], m + 1));
    }
  }
  Series mean{.name = "mean over texts, 95 %",
              .mark = Mark::kLineAndPoints,
              .hue = Hue::kRemoval};
  mean.x = layer_places(folder);
  mean.y = folder.by_layer("/over_texts/mean");
  mean.low = interval_end(folder, "/over_texts/ci95", 0);
  mean.high = interval_end(folder, "/over_texts/ci95", 1);
  mean.labels = layer_labels(folder);
  for (const double q : folder.by_layer("/over_texts/q")) {
    mean.filled.push_back(q < significance(folder));
  }
  const std::vector<double> watched = mean.y;
  figure.series = {std::move(single), std::move(mean)};
  bend_where_dwarfed(watched, figure);
  return figure;
}

Html layer_table(const ResultFolder& folder) {
  Table table("Effects over texts by layer", "texts",
              {"layer", "texts", "mean effect, nats", "95 % from", "to",
               "texts redrawn from", "to", "t", "p", "q"});
  const auto low = interval_end(folder, "/over_texts/ci95", 0);
  const auto high = interval_end(folder, "/over_texts/ci95", 1);
  const auto redrawn_low =
      interval_end(folder, "/over_texts/bootstrap_ci95", 0);
  const auto redrawn_high =
      interval_end(folder, "/over_texts/bootstrap_ci95", 1);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& test = value_at(folder.layer_entry(row), "/over_texts");
    table.begin_row(std::to_string(folder.layers[row]))
        .number(number_at(test, "/n"), 9)
        .number(number_at(test, "/mean"), 4)
        .number(low[row])
        .number(high[row])
        .number(redrawn_low[row])
        .number(redrawn_high[row])
        .number(number_at(test, "/t"))
        .number(number_at(test, "/p"))
        .number(number_at(test, "/q"));
  }
  return table.html();
}

std::string reading(const ResultFolder& folder) {
  // As results of an earlier version have it.
  const auto hurt =
      numbers_at(folder.results, "/headline/layers_hurt_over_texts");
  const auto means = folder.by_layer("/over_texts/mean");
  std::string text = fmt::format(
      "Over {}, each counted once, the {} hurts in {} of {} at q < {}",
      count_text(count_texts(folder), "text"), edit_noun(folder), hurt.size(),
      count_text(folder.layers.size(), "layer"), significance(folder));
  if (!hurt.empty()) {
    text +=
        (hurt.size() == 1 ? " (layer " : " (layers ") + list_text(hurt) + ")";
  }
  if (const auto worst = largest(means)) {
    text += fmt::format(
        "; the largest mean effect, {} nats a token, is at "
        "layer {}",
        signed_text(means[*worst]), folder.layers[*worst]);
  }
  return text + ". All other panels are of the first text.";
}

}  // namespace

std::optional<Panel> texts_panel(const ResultFolder& folder) {
  if (count_texts(folder) < 2) return std::nullopt;
  Panel panel{.id = "texts", .title = "Does it hold for other texts?"};
  panel.statements = passage_parts(folder, "texts");
  if (panel.statements.empty()) panel.readings = {reading(folder)};
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{means_figure(folder)}, true});
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(layer_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
