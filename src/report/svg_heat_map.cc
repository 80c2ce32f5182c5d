#include "report/svg_heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "report/ticks.h"

namespace excise {
namespace {

// Colours are rounded to this many levels, so that a level is one path.
constexpr size_t kLevels = 96;

const std::vector<std::string_view>& stops(ColourScale scale) {
  return scale == ColourScale::kDiverging ? light_theme().diverging
                                          : light_theme().sequential;
}

std::string level_colour(ColourScale scale, size_t level) {
  return colour_at(stops(scale), static_cast<double>(level) /
                                     static_cast<double>(kLevels - 1));
}

size_t level_of(double value, const HeatMap& map) {
  const double place = (value - map.low) / (map.high - map.low);
  return static_cast<size_t>(
      std::lround(std::clamp(place, 0.0, 1.0) * (kLevels - 1)));
}

void draw_colour_bar(const HeatMap& map, const SvgScale& x, const SvgScale& y,
                     SvgCanvas& canvas) {
  const double left = x.to + 14, top = std::min(y.from, y.to),
               bottom = std::max(y.from, y.to);
  const double step = (bottom - top) / kLevels;
  for (size_t level = 0; level < kLevels; ++level) {
    canvas.rectangle(left, bottom - step * static_cast<double>(level + 1), 12,
                     step + 0.3, level_colour(map.scale, level));
  }
  const SvgScale scale{map.low, map.high, bottom, top, false};
  for (const Tick& tick : round_ticks(map.low, map.high, 5, false, false)) {
    canvas.text(left + 17, scale(tick.at) + 4, tick.label, "start", 10);
  }
  canvas.text(left - 2, top - 9, map.unit, "start", 10);
}

}  // namespace

void draw_heat_map(const HeatMap& map, const SvgScale& x, const SvgScale& y,
                   SvgCanvas& canvas) {
  std::array<std::string, kLevels> paths;
  const auto edge = [](double first, double step, size_t index) {
    return first + (static_cast<double>(index) - 0.5) * step;
  };
  for (size_t i = 0; i < map.rows; ++i) {
    const double a = y(edge(map.y_first, map.y_step, i));
    const double b = y(edge(map.y_first, map.y_step, i + 1));
    for (size_t j = 0; j < map.cols;) {
      const double value = map.values[i * map.cols + j];
      if (!std::isfinite(value)) {
        ++j;
        continue;
      }
      const size_t level = level_of(value, map);
      size_t end = j + 1;  // neighbours of one colour are one rectangle
      while (end < map.cols && std::isfinite(map.values[i * map.cols + end]) &&
             level_of(map.values[i * map.cols + end], map) == level) {
        ++end;
      }
      const double left = x(edge(map.x_first, map.x_step, j));
      const double right = x(edge(map.x_first, map.x_step, end));
      paths[level] += "M" + svg_number(left) + " " +
                      svg_number(std::min(a, b)) + "H" + svg_number(right) +
                      "V" + svg_number(std::max(a, b)) + "H" +
                      svg_number(left) + "Z";
      j = end;
    }
  }
  for (size_t level = 0; level < kLevels; ++level) {
    if (!paths[level].empty()) {
      canvas.shape(paths[level], level_colour(map.scale, level));
    }
  }
  draw_colour_bar(map, x, y, canvas);
}

}  // namespace excise
