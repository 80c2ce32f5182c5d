#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/panel_parts.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr size_t kTopNeurons = 20;

const char* const kDefinition =
    "<p>The component (the first of several) is s u vᵀ: u [T] says at which "
    "tokens it "
    "is active, v [neurons] which neurons carry it; both have length 1. "
    "<em>Sink share</em> is u<sub>0</sub>²: the part of the component's energy "
    "on token 0, where many models park what they do not need. "
    "<em>Participation</em> is 1 / Σ v<sub>j</sub>⁴: how many neurons carry "
    "it. <em>Dormant share</em>: the share of the change behind the activation "
    "function that the MLP\u2019s output matrix cannot see. "
    "<em>Read-out</em>: the tokens whose unembedding agrees most, and least, "
    "with what the direction writes; its sign is that of v, whose largest "
    "entry is positive.</p>";

// The strongest neurons of v0, one bar a neuron, for each layer.
Figure neuron_figure(const Matrix<double>& v) {
  const size_t count = std::min(kTopNeurons, v.cols());
  Figure figure{.id = "direction-neurons",
                .title = fmt::format("The {} strongest neurons of v", count),
                .x = {.title = "neuron, by the size of its weight"},
                .y = {.title = "weight in v"}};
  figure.follows_layer = true;
  figure.rules = {{0, false, ""}};
  Series series{.name = "weight", .mark = Mark::kBars, .hue = Hue::kRemoval};
  for (size_t i = 0; i < count; ++i) {
    series.x.push_back(static_cast<double>(i));
  }
  figure.x.places = series.x;
  for (size_t row = 0; row < v.rows(); ++row) {
    std::vector<size_t> order(v.cols());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto weights = v.row(row);
    const auto size = [&](size_t j) {
      return std::isnan(weights[j]) ? 0 : std::abs(weights[j]);
    };
    std::partial_sort(
        order.begin(), order.begin() + static_cast<ptrdiff_t>(count),
        order.end(), [&](size_t a, size_t b) {
          return size(a) > size(b) || (size(a) == size(b) && a < b);
        });
    for (size_t i = 0; i < count; ++i) {
      series.y.push_back(weights[order[i]]);
      series.labels.push_back("neuron " + std::to_string(order[i]));
      figure.x.names.push_back(std::to_string(order[i]));
    }
  }
  figure.series.push_back(std::move(series));
  return figure;
}

Figure token_figure(const ResultFolder& folder, const Matrix<double>& u) {
  Figure figure{.id = "direction-tokens",
                .title = "Where in the text the direction is active: u",
                .x = token_axis(folder),
                .y = {.title = "weight in u"}};
  figure.follows_layer = true;
  figure.rules = {{0, false, ""}};
  Series series{.name = "u", .mark = Mark::kStems, .hue = Hue::kNet};
  series.x = positions(folder);
  series.y = flat(u);
  figure.series.push_back(std::move(series));
  return figure;
}

Figure concentration_figure(const ResultFolder& folder) {
  Figure figure{.id = "direction-concentration",
                .title = "How concentrated the direction is",
                .x = layer_axis(folder),
                .y = {.title = "share of its energy, %"}};
  const auto series = [&](const char* name, Hue hue, const char* pointer) {
    Series one{.name = name, .mark = Mark::kLineAndPoints, .hue = hue};
    one.x = layer_places(folder);
    one.y = folder.by_layer(pointer);
    for (double& value : one.y) value *= 100;
    one.labels = layer_labels(folder);
    return one;
  };
  figure.series = {series("on token 0", Hue::kNet, "/sink_share"),
                   series("on one neuron", Hue::kRemoval, "/v_max_sq")};
  return figure;
}

Figure singular_figure(const ResultFolder& folder, const Matrix<double>& s) {
  Figure figure{.id = "direction-spectrum",
                .title = "Share of each component, % of the variance",
                .x = {.title = "component", .whole_numbers = true},
                .y = {.title = "%", .logarithmic = true}};
  figure.follows_layer = true;
  const size_t count = std::min<size_t>(40, s.cols());
  Series series{
      .name = "share", .mark = Mark::kLineAndPoints, .hue = Hue::kRemoval};
  for (size_t i = 0; i < count; ++i) {
    series.x.push_back(static_cast<double>(i));
  }
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    double sum = 0;
    for (const double value : s.row(row)) sum += value * value;
    for (size_t i = 0; i < count; ++i) {
      const double share = 100 * s(row, i) * s(row, i) / sum;
      series.y.push_back(share > 1e-9 ? share : NAN);
    }
  }
  figure.series.push_back(std::move(series));
  return figure;
}

std::vector<std::string> token_list(const json& tokens) {
  std::vector<std::string> list;
  if (!tokens.is_array()) return list;
  for (const json& token : tokens) {
    const std::string piece = text_at(token, "/token");
    list.push_back(piece.empty()
                       ? "id " + number_text(number_at(token, "/token_id"), 9)
                       : token_label(piece, 20));
  }
  return list;
}

bool has_dormant_share(const ResultFolder& folder) {
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const json& anatomy = value_at(folder.layer_entry(row), "/anatomy");
    if (!anatomy.is_array()) continue;
    for (const json& one : anatomy) {
      if (!std::isnan(number_at(one, "/dormant_share"))) return true;
    }
  }
  return false;
}

// One row a layer and component. Empty where there is no anatomy.
Html anatomy_table(const ResultFolder& folder) {
  const bool dormant = has_dormant_share(folder);
  std::vector<std::string> columns = {"layer",      "component",
                                      "sink share", "largest neuron",
                                      "its share",  "participation"};
  if (dormant) columns.emplace_back("dormant share");
  columns.insert(columns.end(),
                 {"read-out: agree most", "read-out: agree least"});
  Table table("Anatomy of the components", "anatomy", columns, "anatomy");
  bool any = false;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const json& anatomy = value_at(folder.layer_entry(row), "/anatomy");
    if (!anatomy.is_array()) continue;
    for (const json& one : anatomy) {
      any = true;
      table.begin_row(std::to_string(folder.layers[row]))
          .number(number_at(one, "/component"), 9)
          .number(number_at(one, "/sink_share"))
          .number(number_at(one, "/v_max_neuron"), 9)
          .number(number_at(one, "/v_max_sq"))
          .number(number_at(one, "/v_participation"));
      if (dormant) table.number(number_at(one, "/dormant_share"));
      table.words(token_list(value_at(one, "/readout_high")))
          .words(token_list(value_at(one, "/readout_low")));
    }
  }
  return any ? table.html() : Html();
}

std::vector<std::string> readings(const ResultFolder& folder) {
  const auto sink = folder.by_layer("/sink_share");
  const auto share = folder.by_layer("/v_max_sq");
  const auto neuron = folder.by_layer("/v_max_neuron");
  const auto participation = folder.by_layer("/v_participation");
  const auto components = removed_components(folder);
  const std::string component =
      components.empty() ? "the component"
                         : fmt::format("component {}", components.front());
  std::vector<std::string> sentences;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    if (std::isnan(sink[row]) && std::isnan(share[row])) {
      sentences.emplace_back("This result does not say what the direction is.");
      continue;
    }
    const std::string carriers = number_text(participation[row]);
    sentences.push_back(fmt::format(
        "At layer {}, {} % of {} is on the first token; {}, the strongest "
        "(neuron {}) with {} %.",
        folder.layers[row], number_text(100 * sink[row]), component,
        carriers == "1" ? "1 neuron carries it"
                        : carriers + " neurons carry it",
        number_text(neuron[row], 9), number_text(100 * share[row])));
  }
  return sentences;
}

}  // namespace

Panel direction_panel(const ResultFolder& folder) {
  Panel panel{.id = "direction", .title = "What is the direction?"};
  panel.readings = readings(folder);
  panel.definition.raw(kDefinition);
  if (const Matrix<double>* u = folder.array("u0")) {
    panel.slots.push_back({{token_figure(folder, *u)}, true});
  }
  const Matrix<double>* v = folder.array("v0");
  if (v != nullptr && !v->empty()) {
    panel.slots.push_back({{neuron_figure(*v)}, false});
  }
  const Matrix<double>* s = folder.array("singular_values");
  if (s != nullptr && !s->empty()) {
    panel.slots.push_back({{singular_figure(folder, *s)}, false});
  }
  panel.slots.push_back({{concentration_figure(folder)}, true});
  const Html anatomy = anatomy_table(folder);
  if (anatomy.empty()) {
    panel.after.raw(
        "<p class=\"note\">Read-out tokens: this result has none; a sweep "
        "writes them.</p>");
  } else {
    panel.after.add(anatomy);
    if (!has_dormant_share(folder)) {
      panel.after.raw(
          "<p class=\"note\">The dormant share was not computed: <code>excise "
          "sweep</code> with <code>--dormant-share</code> does.</p>");
    }
  }
  return panel;
}

}  // namespace excise
