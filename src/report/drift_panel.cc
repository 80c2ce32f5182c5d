#include <fmt/format.h>

#include <cmath>
#include <span>

#include "report/bins.h"
#include "report/panel_parts.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>The drift of state s is ‖H<sub>s</sub> − H′<sub>s</sub>‖<sub>F</sub>, "
    "clean against edited, over all tokens. State 0 is the embedding, state s "
    "the residual stream after block s−1. The last block is shown twice: "
    "<em>end</em> is the residual stream before the final norm, and "
    "<em>norm</em> the state after it, which the unembedding reads. Relative "
    "drift is divided by the norm of the clean state. An edit at layer l "
    "leaves the states 0 … l as they are.</p>";

// State 0 .. L-1, the residual stream at the end, and state L after the final
// norm.
struct Drift {
  size_t columns = 0;
  std::vector<double> absolute, relative;  // rows: swept layers
};

Drift drift_of(const ResultFolder& folder, const std::string& suffix,
               const std::string& branch) {
  Drift drift;
  const Matrix<double>* states = folder.array("drift" + suffix);
  const Matrix<double>* end = folder.array("drift_resid_final" + suffix);
  const Matrix<double>* norm = folder.array("state_norm");
  const auto end_relative =
      folder.by_layer((branch + "/drift_resid_final_relative").c_str());
  const size_t last = folder.n_states - 1;
  drift.columns = folder.n_states + 1;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    for (size_t s = 0; s < folder.n_states; ++s) {
      if (s == last) {
        drift.absolute.push_back(end == nullptr ? NAN : (*end)(0, row));
        drift.relative.push_back(100 * end_relative[row]);
      }
      const double value = (*states)(row, s);
      drift.absolute.push_back(value);
      drift.relative.push_back(norm == nullptr ? NAN
                                               : 100 * value / (*norm)(0, s));
    }
  }
  return drift;
}

Axis state_axis(const ResultFolder& folder) {
  Axis axis{.title = "state of the model (norm: after the final norm)"};
  const size_t last = folder.n_states - 1;
  for (size_t s = 0; s < last; ++s) {
    axis.places.push_back(static_cast<double>(s));
    axis.names.push_back(s == 0 ? "emb" : std::to_string(s));
  }
  axis.places.push_back(static_cast<double>(last));
  axis.names.emplace_back("end");
  axis.places.push_back(static_cast<double>(last + 1));
  axis.names.emplace_back("norm");
  return axis;
}

Figure map(const ResultFolder& folder, const Drift& drift, bool relative) {
  Figure figure{.id = relative ? "drift-relative" : "drift-absolute",
                .title = relative ? "Drift of each state, % of its size"
                                  : "Drift of each state, Frobenius norm",
                .choice = relative ? "relative" : "absolute",
                .x = state_axis(folder),
                .y = {.title = "edited layer", .whole_numbers = true}};
  const auto& values = relative ? drift.relative : drift.absolute;
  HeatMap heat{.values = values,
               .rows = folder.layers.size(),
               .cols = drift.columns,
               .scale = ColourScale::kSequential};
  heat.low = 0;
  heat.high = std::max(1e-12, range_of(values).second);
  heat.unit = relative ? "%" : "norm";
  std::vector<double> row_ends;
  for (size_t row = 0; row < heat.rows; ++row) {
    row_ends.push_back(
        range_of(std::span(values).subspan(row * heat.cols, heat.cols)).second);
  }
  if (const auto others = close_up(row_ends, 2)) {
    figure.close_up = {0, others->second};
  }
  // Swept layers may have gaps: rows are named, not numbered.
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    figure.y.places.push_back(static_cast<double>(row));
    figure.y.names.push_back(std::to_string(folder.layers[row]));
  }
  figure.heat_map = std::move(heat);
  return figure;
}

Figure line(const ResultFolder& folder, const Drift& drift,
            const std::optional<Drift>& empty, bool relative) {
  Figure figure{
      .id = relative ? "drift-line-relative" : "drift-line-absolute",
      .title = "How the change travels from the chosen layer to the end",
      .choice = relative ? "relative" : "absolute",
      .x = state_axis(folder),
      .y = {.title = relative ? "% of the state's size" : "Frobenius norm"}};
  figure.follows_layer = true;
  const auto series = [&](const std::string& name, Hue hue, const Drift& from) {
    Series one{.name = name, .mark = Mark::kLineAndPoints, .hue = hue};
    one.x = figure.x.places;
    one.y = relative ? from.relative : from.absolute;
    one.labels = figure.x.names;
    return one;
  };
  if (empty) {
    figure.series.push_back(series("mean alone", Hue::kMeanAlone, *empty));
    figure.series.back().dashed = true;
  }
  figure.series.push_back(series(edit_name(folder), Hue::kRemoval, drift));
  return figure;
}

std::vector<std::string> readings(const ResultFolder& folder,
                                  const Drift& drift) {
  const auto end = folder.by_layer("/drift_end_relative");
  const auto most = largest(end), least = smallest(end);
  std::vector<std::string> sentences;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const std::vector<double> states(
        drift.relative.begin() + static_cast<ptrdiff_t>(row * drift.columns),
        drift.relative.begin() +
            static_cast<ptrdiff_t>((row + 1) * drift.columns));
    const size_t next = folder.layers[row] + 1;
    std::string text = fmt::format(
        "An edit at layer {} moves the state right behind it by {} % of its "
        "size and the last one by {} %",
        folder.layers[row], number_text(states[next]),
        number_text(100 * end[row]));
    if (most && least && *most != *least) {
      text += fmt::format(
          "; over all edits the last state moves by {} % (layer {}) to {} % "
          "(layer {})",
          number_text(100 * end[*least]), folder.layers[*least],
          number_text(100 * end[*most]), folder.layers[*most]);
    }
    sentences.push_back(text + ".");
  }
  return sentences;
}

}  // namespace

Panel drift_panel(const ResultFolder& folder) {
  Panel panel{.id = "drift", .title = "How far do the later states move?"};
  const Drift drift = drift_of(folder, "", "");
  std::optional<Drift> empty;
  if (folder.array("drift_empty") != nullptr &&
      value_at(folder.layer_entry(0), "/empty_branch").is_object()) {
    empty = drift_of(folder, "_empty", "/empty_branch");
  }
  panel.readings = readings(folder, drift);
  panel.definition.raw(kDefinition);
  panel.slots.push_back(
      {{map(folder, drift, true), map(folder, drift, false)}, true});
  panel.slots.push_back(
      {{line(folder, drift, empty, true), line(folder, drift, empty, false)},
       true});
  return panel;
}

}  // namespace excise
