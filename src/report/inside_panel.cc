#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/bins.h"
#include "report/panel_parts.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

constexpr size_t kMostCells = 256;  // rows and columns of a matrix as shown
constexpr size_t kDensityBins = 96;
constexpr size_t kHistogramBins = 80;

const char* const kDefinition =
    "<p>A [T, neurons] are the clean activations where the edit is made, A′ "
    "the "
    "edited one; every entry is counted. C and C′ are the covariances between "
    "tokens over neurons, with neurons − 1 in the denominator; their "
    "eigenvalues are given in % of the trace. The cosines are those of all "
    "pairs of token states after this layer's block, without token 0. "
    "<em>Participation</em> is (Σλ)² / Σλ²: how many directions carry the "
    "variance.</p>";

// A number of a layer's entry in results.json.
struct InsideNumber {
  const char* key;
  const char* name;
  Hue hue;
};

// Both large matrices, one row at a time.
struct Values {
  std::pair<double, double> range;  // of both
  Density density{{0, 0}, 1};
  Histogram before{{0, 0}, 1}, after{{0, 0}, 1};
};

Status for_rows(const StoredTensor& a, const StoredTensor& b,
                const auto& take) {
  Matrix<float> one(1, a.cols()), other(1, a.cols());
  for (size_t i = 0; i < a.rows(); ++i) {
    EXCISE_CHECK(a.copy_rows(i, one));
    EXCISE_CHECK(b.copy_rows(i, other));
    for (size_t j = 0; j < a.cols(); ++j) take(one(0, j), other(0, j));
  }
  return {};
}

Result<Values> values_of(const StoredTensor& clean,
                         const StoredTensor& edited) {
  double low = INFINITY, high = -INFINITY;
  EXCISE_CHECK(for_rows(clean, edited, [&](double a, double b) {
    for (const double value : {a, b}) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }));
  Values values;
  values.range = low <= high ? std::pair{low, high} : std::pair{0.0, 0.0};
  values.density = Density(values.range, kDensityBins);
  values.before = Histogram(values.range, kHistogramBins);
  values.after = Histogram(values.range, kHistogramBins);
  EXCISE_CHECK(for_rows(clean, edited, [&](double a, double b) {
    values.density.add(a, b);
    values.before.add(a);
    values.after.add(b);
  }));
  return values;
}

Figure density_figure(const Values& values) {
  Figure figure{.id = "inside-values",
                .title = "Original against rebuilt values",
                .x = {.title = "original value"},
                .y = {.title = "rebuilt value"}};
  figure.square = true;
  figure.diagonal = true;
  const Density& density = values.density;
  const double step =
      (density.high - density.low) / static_cast<double>(density.bins);
  HeatMap heat{.rows = density.bins, .cols = density.bins};
  for (const double count : density.counts) {
    heat.values.push_back(count > 0 ? std::log10(count) : NAN);
  }
  heat.low = 0;
  heat.high = std::max(1.0, range_of(heat.values).second);
  heat.unit = "log10 count";
  heat.x_first = heat.y_first = density.low + step / 2;
  heat.x_step = heat.y_step = step;
  figure.heat_map = std::move(heat);
  return figure;
}

Series steps(const std::string& name, Hue hue, const Histogram& histogram) {
  Series series{.name = name, .mark = Mark::kSteps, .hue = hue};
  series.x = histogram.middles();
  // A logarithm of nothing is a gap.
  for (const double count : histogram.counts) {
    series.y.push_back(count > 0 ? count : NAN);
  }
  return series;
}

Figure histogram_figure(const std::string& id, const std::string& title,
                        const std::string& unit, const Histogram& before,
                        const Histogram& after) {
  Figure figure{.id = id,
                .title = title,
                .x = {.title = unit},
                .y = {.title = "count", .logarithmic = true}};
  figure.series = {steps("before", Hue::kMeanAlone, before),
                   steps("after", Hue::kRemoval, after)};
  return figure;
}

Figure spectrum_figure(const ResultFolder& folder) {
  Figure figure{.id = "inside-spectrum",
                .title = "Eigenvalues of the covariance",
                .x = {.title = "component", .whole_numbers = true},
                .y = {.title = "% of the trace", .logarithmic = true}};
  const size_t most = 60;
  for (const auto& [name, label, hue] :
       {std::tuple{"eig_before", "before", Hue::kMeanAlone},
        std::tuple{"eig_after", "after", Hue::kRemoval}}) {
    const Matrix<double>* values = folder.array(name);
    if (values == nullptr) continue;
    Series series{.name = label, .mark = Mark::kLineAndPoints, .hue = hue};
    for (size_t i = 0; i < std::min(most, values->cols()); ++i) {
      const double value = (*values)(0, i);
      series.x.push_back(static_cast<double>(i));
      // What is rounding has no place on a logarithmic axis.
      series.y.push_back(value > 1e-10 ? value : NAN);
    }
    figure.series.push_back(std::move(series));
  }
  return figure;
}

// Both matrices on one scale, as two figures, and one histogram of each.
struct Pair {
  const Matrix<double>& before;
  const Matrix<double>& after;
  std::string id, before_title, after_title, histogram_title, unit;
  ColourScale scale;
  size_t first_token;  // 0, or 1 where token 0 is left out
  bool alone;          // whether the histogram has a row to itself
};

Figure matrix_figure(const Pair& pair, bool is_after,
                     std::pair<double, double> range) {
  const Blocks blocks =
      block_means((is_after ? pair.after : pair.before).view(), kMostCells);
  Figure figure{.id = pair.id + (is_after ? "-after" : "-before"),
                .title = is_after ? pair.after_title : pair.before_title,
                .x = {.title = "token position", .whole_numbers = true},
                .y = {.title = "token position", .whole_numbers = true}};
  if (blocks.block > 1) {
    figure.title += fmt::format(" (means of {0} × {0})", blocks.block);
  }
  figure.square = true;
  HeatMap heat{.values = blocks.values,
               .rows = blocks.rows,
               .cols = blocks.cols,
               .scale = pair.scale};
  heat.low = range.first;
  heat.high = range.second;
  heat.unit = pair.unit;
  heat.first_row_on_top = true;
  const auto step = static_cast<double>(blocks.block);
  heat.x_step = heat.y_step = step;
  heat.x_first = heat.y_first =
      static_cast<double>(pair.first_token) + (step - 1) / 2;
  figure.heat_map = std::move(heat);
  return figure;
}

void add_pair(const Pair& pair, Panel& panel) {
  auto range =
      joined(range_of(pair.before.values()), range_of(pair.after.values()));
  Histogram before(range, kHistogramBins), after(range, kHistogramBins);
  for (const double value : pair.before.values()) before.add(value);
  for (const double value : pair.after.values()) after.add(value);
  // Blocks smooth the largest values away; the scale is that of what is shown.
  range = {INFINITY, -INFINITY};
  for (const Matrix<double>* matrix : {&pair.before, &pair.after}) {
    range =
        joined(range, range_of(block_means(matrix->view(), kMostCells).values));
  }
  if (pair.scale == ColourScale::kDiverging) {
    const double size =
        std::max({std::abs(range.first), std::abs(range.second), 1e-12});
    range = {-size, size};
  }
  if (range.second <= range.first) range.second = range.first + 1e-12;
  panel.slots.push_back({{matrix_figure(pair, false, range)}, false});
  panel.slots.push_back({{matrix_figure(pair, true, range)}, false});
  panel.slots.push_back(
      {{histogram_figure(pair.id + "-histogram", pair.histogram_title,
                         pair.unit, before, after)},
       pair.alone});
}

// Of one layer: readings follow the chosen one, matrices are of one alone.
std::string reading(const ResultFolder& folder, size_t detail, size_t row) {
  const auto& entry = folder.layer_entry(row);
  std::string text = fmt::format(
      "The edit at layer {} changes the values by {} % of their size and the "
      "covariance of tokens by {} %",
      folder.layers[row], number_text(100 * number_at(entry, "/value_change")),
      number_text(100 * number_at(entry, "/cov_change")));
  const double before = number_at(entry, "/participation_before");
  const double after = number_at(entry, "/participation_after");
  if (!std::isnan(before) && !std::isnan(after)) {
    text += fmt::format(
        "; the variance is spread over {} directions before and {} after",
        number_text(before), number_text(after));
  }
  text += ".";
  if (folder.layers[row] != detail) {
    text += fmt::format(
        " The matrices below are of layer {}, the one that this result keeps; "
        "--detail-layer {} keeps those of layer {}.",
        detail, folder.layers[row], folder.layers[row]);
  }
  return text;
}

// Of every layer, beside the matrices of one.
Figure by_layer_figure(const ResultFolder& folder, const char* id,
                       const char* title, const char* unit, double factor,
                       const std::array<InsideNumber, 2>& numbers) {
  Figure figure{
      .id = id, .title = title, .x = layer_axis(folder), .y = {.title = unit}};
  figure.rules = {{0, false, ""}};
  for (const InsideNumber& number : numbers) {
    Series series{
        .name = number.name, .mark = Mark::kLineAndPoints, .hue = number.hue};
    series.x = layer_places(folder);
    series.y = folder.by_layer(number.key);
    for (double& value : series.y) value *= factor;
    series.labels = layer_labels(folder);
    figure.series.push_back(std::move(series));
  }
  return figure;
}

}  // namespace

Result<Panel> inside_panel(const ResultFolder& folder) {
  Panel panel{.id = "inside", .title = "What changes inside the layer?"};
  const double detail =
      number_at(folder.results, "/manifest/spec/detail_layer");
  const auto row =
      std::find_if(folder.layers.begin(), folder.layers.end(),
                   [&](size_t l) { return static_cast<double>(l) == detail; });
  const std::string layer =
      row == folder.layers.end() ? "" : std::to_string(*row);
  const StoredTensor* clean = folder.file.find("a_clean_l" + layer);
  const StoredTensor* edited = folder.file.find("a_edited_l" + layer);
  if (row == folder.layers.end() || clean == nullptr || edited == nullptr) {
    panel.missing.raw(
        "This folder has no matrices of one layer. A sweep with "
        "<code>--detail-layer LAYER</code> keeps them.");
    return panel;
  }
  if (clean->shape.size() != 2 || clean->shape != edited->shape) {
    return fail(ErrorCode::kBadFile,
                {.where = "report",
                 .subject = edited->name,
                 .expected = "a matrix as large as " + clean->name,
                 .found = "another shape"});
  }
  for (size_t one = 0; one < folder.layers.size(); ++one)
    panel.readings.push_back(reading(folder, *row, one));
  panel.definition.raw(kDefinition);
  panel.slots.push_back(
      {{by_layer_figure(
           folder, "inside-change", "Size of the change by layer", "%", 100,
           {{{"/value_change", "values", Hue::kRemoval},
             {"/cov_change", "covariance of tokens", Hue::kMeanAlone}}})},
       false});
  panel.slots.push_back(
      {{by_layer_figure(folder, "inside-participation",
                        "Directions that carry the variance, by layer",
                        "participation", 1,
                        {{{"/participation_before", "before", Hue::kMeanAlone},
                          {"/participation_after", "after", Hue::kRemoval}}})},
       false});
  const size_t first_of_detail = panel.slots.size();
  const Values values = EXCISE_TRY(values_of(*clean, *edited));
  panel.slots.push_back({{density_figure(values)}, false});
  panel.slots.push_back(
      {{histogram_figure("inside-histogram", "Histogram of the values", "value",
                         values.before, values.after)},
       false});
  const Matrix<double>* cov_before = folder.array("cov_before");
  const Matrix<double>* cov_after = folder.array("cov_after");
  if (cov_before != nullptr && cov_after != nullptr) {
    add_pair({*cov_before, *cov_after, "inside-covariance",
              "Covariance of tokens before", "Covariance of tokens after",
              "Histogram of covariances", "covariance", ColourScale::kDiverging,
              0, false},
             panel);
  }
  panel.slots.push_back({{spectrum_figure(folder)}, false});
  const Matrix<double>* cos_clean = folder.array("cos_clean");
  const Matrix<double>* cos_edited = folder.array("cos_edited");
  if (cos_clean != nullptr && cos_edited != nullptr && !cos_clean->empty()) {
    add_pair(
        {*cos_clean, *cos_edited, "inside-cosine",
         "Cosines of token states before", "Cosines of token states after",
         "Histogram of cosines", "cosine", ColourScale::kSequential, 1, true},
        panel);
  }
  for (size_t i = first_of_detail; i < panel.slots.size(); ++i) {
    for (Figure& figure : panel.slots[i].choices)
      figure.title += " · layer " + layer;
  }
  return panel;
}

}  // namespace excise
