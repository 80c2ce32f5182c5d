#include "report/figure_json.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

#include "report/bent_axis.h"
#include "report/text.h"

namespace excise {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostListed = 4096;
static_assert(std::endian::native == std::endian::little);

std::string base64(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = (group << 8U) | (k < count ? bytes[i + k] : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      text += k <= count ? kDigits[(group >> (18 - 6 * k)) & 63U] : '=';
    }
  }
  return text;
}

const char* mark_name(Mark mark) {
  switch (mark) {
    case Mark::kLine:
      return "line";
    case Mark::kPoints:
      return "points";
    case Mark::kLineAndPoints:
      return "line+points";
    case Mark::kBars:
      return "bars";
    case Mark::kStems:
      return "stems";
    case Mark::kSteps:
      return "steps";
    case Mark::kBand:
      return "band";
  }
  return "line";
}

Json range_json(const std::pair<double, double>& range) {
  return Json::array({range.first, range.second});
}

Json axis_json(const Axis& axis) {
  Json json = {{"title", axis.title}};
  if (axis.logarithmic) json["log"] = true;
  if (axis.whole_numbers) json["whole"] = true;
  if (!axis.names.empty()) {
    json["places"] = axis.places;
    json["names"] = axis.names;
  }
  if (axis.range) json["range"] = range_json(*axis.range);
  return json;
}

// On both sides as far as something is drawn, and a little beyond.
Json bent_tick_places(const Figure& figure) {
  Json places = Json::array();
  const auto range = drawn_range(figure);
  if (!range) return places;
  for (const Tick& tick :
       bent_ticks(std::min(1.3 * range->first, 0.0),
                  std::max(1.3 * range->second, 0.0), *figure.y.knee)) {
    places.push_back(tick.at);
  }
  return places;
}

// Set as text by the script, so they are made visible here.
Json sentence_list(const std::vector<std::string>& sentences) {
  Json list = Json::array();
  for (const std::string& sentence : sentences)
    list.push_back(visible_text(sentence_text(sentence)));
  return list;
}

Json series_json(const Series& series) {
  Json json = {{"name", series.name},
               {"mark", mark_name(series.mark)},
               {"hue", static_cast<int>(series.hue)},
               {"x", numbers_json(series.x)},
               {"y", numbers_json(series.y)}};
  if (series.shade) json["shade"] = *series.shade;
  if (!series.low.empty()) json["low"] = numbers_json(series.low);
  if (!series.high.empty()) json["high"] = numbers_json(series.high);
  if (!series.labels.empty()) json["labels"] = series.labels;
  if (!series.filled.empty()) json["filled"] = series.filled;
  if (std::ranges::find(series.diamonds, true) != series.diamonds.end())
    json["diamonds"] = series.diamonds;
  if (series.label_points) json["labelPoints"] = true;
  if (series.dashed) json["dashed"] = true;
  if (series.by_sign) json["bySign"] = true;
  return json;
}

Json heat_map_json(const HeatMap& map) {
  return {{"values", numbers_json(map.values)},
          {"rows", map.rows},
          {"cols", map.cols},
          {"scale",
           map.scale == ColourScale::kDiverging ? "diverging" : "sequential"},
          {"low", map.low},
          {"high", map.high},
          {"unit", map.unit},
          {"firstOnTop", map.first_row_on_top},
          {"x", Json::array({map.x_first, map.x_step})},
          {"y", Json::array({map.y_first, map.y_step})}};
}

}  // namespace

Json numbers_json(std::span<const double> values) {
  if (values.size() <= kMostListed) return Json(values);
  const std::vector<float> floats(values.begin(), values.end());
  std::vector<uint8_t> bytes(floats.size() * sizeof(float));
  std::memcpy(bytes.data(), floats.data(), bytes.size());
  return {{"f32", base64(bytes)}};
}

Json figure_json(const Figure& figure) {
  Json json = {{"title", figure.title},
               {"x", axis_json(figure.x)},
               {"y", axis_json(figure.y)}};
  if (figure.y.knee) {
    json["y"]["knee"] = *figure.y.knee;
    json["y"]["bendNote"] = bend_note(*figure.y.knee);
    json["y"]["ticks"] = bent_tick_places(figure);
  }
  if (!figure.choice.empty()) json["choice"] = figure.choice;
  if (!figure.says.empty()) json["says"] = sentence_list(figure.says);
  Json series = Json::array();
  for (const Series& one : figure.series) series.push_back(series_json(one));
  json["series"] = std::move(series);
  if (figure.heat_map) json["heatMap"] = heat_map_json(*figure.heat_map);
  Json rules = Json::array();
  for (const Rule& rule : figure.rules) {
    rules.push_back(
        {{"at", rule.at}, {"vertical", rule.vertical}, {"label", rule.label}});
  }
  if (!rules.empty()) json["rules"] = std::move(rules);
  if (figure.diagonal) json["diagonal"] = true;
  if (figure.square) json["square"] = true;
  if (figure.follows_layer) json["followsLayer"] = true;
  if (figure.close_up) json["closeUp"] = range_json(*figure.close_up);
  return json;
}

Json theme_json(const Theme& theme) {
  return {{"hues", theme.hues},
          {"sequential", theme.sequential},
          {"diverging", theme.diverging}};
}

std::string script_json(const Json& json) {
  const std::string text =
      json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace excise
