#include "report/panel_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace excise {

double significance(const ResultFolder& folder) {
  const double limit = number_at(folder.results, "/headline/significance");
  return std::isnan(limit) ? kUsualLimit : limit;
}

std::string command_of(const ResultFolder& folder) {
  return text_at(folder.results, "/schema").starts_with("excise.corpus/")
             ? "excise corpus"
             : "excise sweep";
}

std::string edit_noun(const ResultFolder& folder) {
  return text_at(folder.results, "/manifest/spec/action") == "add" ? "addition"
                                                                   : "removal";
}

bool has_over_texts(const ResultFolder& folder) {
  return value_at(folder.layer_entry(0), "/over_texts").is_object();
}

std::string edit_name(const ResultFolder& folder) {
  return value_at(folder.layer_entry(0), "/removed_branch").is_object()
             ? "whole edit"
             : edit_noun(folder);
}

std::vector<size_t> removed_components(const ResultFolder& folder) {
  const auto listed = numbers_at(folder.results, "/manifest/spec/remove");
  if (!listed.empty()) return listed;
  const auto& steps = value_at(folder.layer_entry(0), "/scan");
  return steps.is_array() && !steps.empty()
             ? numbers_at(steps[0], "/components")
             : std::vector<size_t>();
}

std::string entry_words(const ResultFolder& folder) {
  return text_at(folder.results, "/schema").starts_with("excise.task-sweep/")
             ? "a prompt"
             : "a token";
}

Axis effect_axis(const ResultFolder& folder) {
  return {.title = "nats " + entry_words(folder) + " (above 0 hurts)"};
}

std::vector<double> layer_places(const ResultFolder& folder) {
  return {folder.layers.begin(), folder.layers.end()};
}

Axis layer_axis(const ResultFolder& folder) {
  Axis axis{.title = "edited layer", .whole_numbers = true};
  axis.range = {static_cast<double>(folder.layers.front()) - 0.6,
                static_cast<double>(folder.layers.back()) + 0.6};
  return axis;
}

std::vector<double> positions(const ResultFolder& folder) {
  std::vector<double> places(folder.n_tokens());
  for (size_t t = 0; t < places.size(); ++t) {
    places[t] = static_cast<double>(t);
  }
  return places;
}

Axis token_axis(const ResultFolder& folder) {
  Axis axis{.title = "token"};
  axis.places = positions(folder);
  for (size_t t = 0; t < folder.n_tokens(); ++t) {
    axis.names.push_back(folder.pieces[t].empty()
                             ? std::to_string(folder.ids[t])
                             : token_label(folder.pieces[t]));
  }
  axis.range = {-1, static_cast<double>(folder.n_tokens())};
  return axis;
}

double interval_end(const nlohmann::json& json, const char* pointer,
                    size_t end) {
  const auto& interval = value_at(json, pointer);
  return interval.is_array() && interval.size() == 2 &&
                 interval[end].is_number()
             ? interval[end].get<double>()
             : NAN;
}

std::vector<double> interval_end(const ResultFolder& folder,
                                 const char* pointer, size_t end) {
  std::vector<double> ends;
  for (size_t row = 0; row < folder.layers.size(); ++row)
    ends.push_back(interval_end(folder.layer_entry(row), pointer, end));
  return ends;
}

std::vector<std::string> layer_labels(const ResultFolder& folder) {
  std::vector<std::string> labels;
  for (const size_t layer : folder.layers) {
    labels.push_back("layer " + std::to_string(layer));
  }
  return labels;
}

std::vector<double> flat(const Matrix<double>& matrix) {
  const auto values = matrix.values();
  return {values.begin(), values.end()};
}

std::optional<size_t> largest(const std::vector<double>& values) {
  std::optional<size_t> best;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i]) && (!best || values[i] > values[*best])) {
      best = i;
    }
  }
  return best;
}

std::optional<size_t> smallest(const std::vector<double>& values) {
  std::vector<double> negative;
  for (const double value : values) negative.push_back(-value);
  return largest(negative);
}

namespace {

// Between the sorted values.
double quantile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return NAN;
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double rest = place - static_cast<double>(below);
  return (1 - rest) * sorted[below] + rest * sorted[above];
}

}  // namespace

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return quantile(values, 0.5);
}

void add_to_band(std::vector<double> values, Series& band) {
  std::sort(values.begin(), values.end());
  band.low.push_back(quantile(values, 0.025));
  band.y.push_back(quantile(values, 0.5));
  band.high.push_back(quantile(values, 0.975));
}

std::optional<std::pair<double, double>> close_up(
    const std::vector<double>& values, double times) {
  Matrix<double> rows(values.size(), 1);
  std::copy(values.begin(), values.end(), rows.values().begin());
  return close_up(rows, times);
}

std::optional<std::pair<double, double>> close_up(const Matrix<double>& rows,
                                                  double times) {
  std::vector<double> sizes;  // the largest distance from 0 of each row
  for (size_t row = 0; row < rows.rows(); ++row) {
    std::optional<double> size;
    for (const double value : rows.row(row)) {
      if (!std::isfinite(value)) continue;
      size = std::max(size.value_or(0), std::abs(value));
    }
    if (size) sizes.push_back(*size);
  }
  std::sort(sizes.rbegin(), sizes.rend());
  if (sizes.size() < 3 || sizes[1] <= 0 || sizes[0] < times * sizes[1]) {
    return std::nullopt;
  }
  std::pair<double, double> range{0, 0};
  for (const double value : rows.values()) {
    if (!std::isfinite(value) || std::abs(value) > sizes[1]) continue;
    range = {std::min(range.first, value), std::max(range.second, value)};
  }
  const double room = 0.25 * (range.second - range.first);
  return std::pair{range.first - room, range.second + room};
}

Html slot_html(const Slot& slot) {
  Html html;
  html.raw(slot.wide ? "<figure class=\"slot wide\" data-figures=\""
                     : "<figure class=\"slot\" data-figures=\"");
  for (size_t i = 0; i < slot.choices.size(); ++i)
    html.raw(i > 0 ? " " : "").text(slot.choices[i].id);
  if (slot.first > 0)
    html.raw("\" data-first=\"").text(std::to_string(slot.first));
  return html.raw("\"></figure>");
}

Table::Table(std::string_view caption, std::string_view file,
             const std::vector<std::string>& columns, std::string_view style) {
  rows_.raw(R"(<div class="scroll" tabindex="0" role="region" aria-label=")")
      .text(caption)
      .raw(R"("><table data-csv=")")
      .text(file);
  if (!style.empty()) rows_.raw(R"(" class=")").text(style);
  rows_.raw(R"("><caption>)").text(caption).raw("</caption><thead><tr>");
  for (const std::string& column : columns) {
    rows_.raw(R"(<th scope="col">)").text(column).raw("</th>");
  }
  rows_.raw("</tr></thead><tbody>");
}

Table& Table::begin_row(std::string_view header) {
  if (open_) rows_.raw("</tr>");
  open_ = true;
  rows_.raw(R"(<tr><th scope="row">)").text(header).raw("</th>");
  return *this;
}

Table& Table::number(double value, int digits) {
  // -0 + 0 is 0.
  const std::string exact =
      std::isfinite(value) ? fmt::format("{}", value + 0.0) : "";
  rows_.raw(R"(<td class="number" data-value=")")
      .text(exact)
      .raw("\">")
      .text(number_text(value, digits))
      .raw("</td>");
  return *this;
}

Table& Table::text(std::string_view text) {
  rows_.raw("<td>").text(text).raw("</td>");
  return *this;
}

Table& Table::words(const std::vector<std::string>& words) {
  rows_.raw("<td class=\"words\">");
  for (const std::string& word : words) {
    rows_.raw("<span class=\"word\">").text(word).raw("</span> ");
  }
  rows_.raw("</td>");
  return *this;
}

Html Table::html() {
  if (open_) rows_.raw("</tr>");
  rows_.raw("</tbody></table></div>");
  return rows_;
}

}  // namespace excise
