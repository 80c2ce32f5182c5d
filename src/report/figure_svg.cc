#include "report/figure_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "report/bent_axis.h"
#include "report/bins.h"
#include "report/point_labels.h"
#include "report/svg_canvas.h"
#include "report/svg_heat_map.h"

namespace excise {
namespace {

constexpr double kHeight = 440;  // points
constexpr double kTop = 64, kRight = 24, kLeft = 74;
constexpr const char* kInk = "#24292f";
constexpr const char* kGrid = "#e4e7eb";

std::string colour(const Series& series) {
  return series_colour(light_theme(), series.hue, series.shade);
}

// The values of y that are shown.
std::span<const double> shown(const Figure& figure, const Series& series,
                              size_t row) {
  const size_t count = series.x.size();
  const size_t first = figure.follows_layer ? row * count : 0;
  if (first + count > series.y.size()) return {};
  return std::span<const double>(series.y).subspan(first, count);
}

bool from_zero(const Series& series) {
  return series.mark == Mark::kBars || series.mark == Mark::kStems ||
         series.mark == Mark::kSteps;
}

struct Range {
  double low = INFINITY, high = -INFINITY;
  void include(double value, bool positive_only) {
    if (!std::isfinite(value) || (positive_only && value <= 0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

// With some room around, and never empty.
std::pair<double, double> with_room(Range range, bool logarithmic,
                                    double room) {
  if (range.low > range.high) return {logarithmic ? 0.1 : 0, 1};
  if (logarithmic) return {range.low / 1.5, range.high * 1.5};
  double width = range.high - range.low;
  if (width <= 0) width = std::max(1.0, std::abs(range.high));
  return {range.low - room * width, range.high + room * width};
}

std::pair<double, double> x_range(const Figure& figure) {
  if (figure.x.range) return *figure.x.range;
  if (const auto& map = figure.heat_map) {
    return {
        map->x_first - map->x_step / 2,
        map->x_first + (static_cast<double>(map->cols) - 0.5) * map->x_step};
  }
  Range range;
  bool bars = false;
  for (const Series& series : figure.series) {
    bars = bars || series.mark == Mark::kBars;
    for (const double x : series.x) range.include(x, figure.x.logarithmic);
  }
  const double count = figure.series.empty()
                           ? 1
                           : static_cast<double>(figure.series[0].x.size());
  return with_room(range, figure.x.logarithmic,
                   bars ? 0.6 / std::max(1.0, count - 1) : 0.03);
}

std::pair<double, double> y_range(const Figure& figure, size_t row) {
  if (figure.y.range) return *figure.y.range;
  if (const auto& map = figure.heat_map) {
    return {
        map->y_first - map->y_step / 2,
        map->y_first + (static_cast<double>(map->rows) - 0.5) * map->y_step};
  }
  Range range;
  const bool logarithmic = figure.y.logarithmic;
  for (const Series& series : figure.series) {
    for (const double y : shown(figure, series, row)) {
      range.include(y, logarithmic);
    }
    for (const double y : series.low) range.include(y, logarithmic);
    for (const double y : series.high) range.include(y, logarithmic);
    if (from_zero(series)) range.include(0, logarithmic);
  }
  for (const Rule& rule : figure.rules) {
    if (!rule.vertical) range.include(rule.at, logarithmic);
  }
  if (const auto knee = figure.y.knee; knee && range.low < range.high) {
    // The same room on paper at both ends.
    const auto [low, high] = with_room(
        {bent(range.low, *knee), bent(range.high, *knee)}, false, 0.06);
    return {unbent(low, *knee), unbent(high, *knee)};
  }
  return with_room(range, logarithmic, 0.06);
}

struct Drawing {
  const Figure& figure;
  size_t row;
  SvgCanvas& canvas;
  double left, right, top, bottom;  // of the frame
  SvgScale x, y;
};

double lowest(const Drawing& drawing) {
  return drawing.y.logarithmic ? drawing.y.from : drawing.y(0);
}

void draw_x_axis(const Drawing& drawing) {
  const Axis& axis = drawing.figure.x;
  const SvgScale& x = drawing.x;
  const double width = drawing.right - drawing.left;
  const bool named = !axis.names.empty();
  const auto ticks =
      named ? named_ticks(axis, x.low, x.high, static_cast<size_t>(width / 9))
            : round_ticks(x.low, x.high, 9, axis.whole_numbers, x.logarithmic);
  const bool upright = named && static_cast<double>(ticks.size()) * 46 > width;
  for (const Tick& tick : ticks) {
    const double at = x(tick.at);
    if (!drawing.figure.heat_map) {
      drawing.canvas.line(at, drawing.bottom, at, drawing.top, kGrid, 0.6);
    }
    if (upright) {
      drawing.canvas.text(at + 3, drawing.bottom + 8, tick.label, "end", 8,
                          -90);
    } else {
      drawing.canvas.text(at, drawing.bottom + 16, tick.label, "middle", 11);
    }
  }
  drawing.canvas.text((drawing.left + drawing.right) / 2,
                      drawing.bottom + (upright ? 106 : 38), axis.title,
                      "middle", 12);
}

void draw_y_axis(const Drawing& drawing) {
  const Axis& axis = drawing.figure.y;
  const SvgScale& y = drawing.y;
  const double height = drawing.bottom - drawing.top;
  const auto ticks =
      axis.knee ? bent_ticks(y.low, y.high, *axis.knee)
      : axis.names.empty()
          ? round_ticks(y.low, y.high, 6, axis.whole_numbers, y.logarithmic)
          : named_ticks(axis, y.low, y.high, static_cast<size_t>(height / 12));
  for (const Tick& tick : ticks) {
    const double at = y(tick.at);
    if (!drawing.figure.heat_map) {
      drawing.canvas.line(drawing.left, at, drawing.right, at, kGrid, 0.6);
    }
    drawing.canvas.text(drawing.left - 7, at + 4, tick.label, "end", 11);
  }
  drawing.canvas.text(
      18, (drawing.top + drawing.bottom) / 2,
      axis.title + (axis.knee ? bend_note(*axis.knee) : std::string()),
      "middle", 12, -90);
}

void draw_band(const Drawing& drawing, const Series& series) {
  std::vector<std::pair<double, double>> outline;
  for (size_t i = 0; i < series.high.size(); ++i) {
    outline.emplace_back(drawing.x(series.x[i]), drawing.y(series.high[i]));
  }
  for (size_t i = series.low.size(); i-- > 0;) {
    outline.emplace_back(drawing.x(series.x[i]), drawing.y(series.low[i]));
  }
  drawing.canvas.polygon(outline, colour(series), 0.22);
}

void draw_steps(const Drawing& drawing, const Series& series,
                std::span<const double> values) {
  if (values.size() < 2) return;
  const double half = (series.x[1] - series.x[0]) / 2;
  std::vector<std::pair<double, double>> points;
  for (size_t i = 0; i < values.size(); ++i) {
    points.emplace_back(drawing.x(series.x[i] - half), drawing.y(values[i]));
    points.emplace_back(drawing.x(series.x[i] + half), drawing.y(values[i]));
  }
  drawing.canvas.path(points, colour(series), 1.6, series.dashed);
}

// Bars of several series stand side by side.
void draw_bars(const Drawing& drawing, const Series& series,
               std::span<const double> values, size_t place, size_t of) {
  if (values.empty()) return;
  double step = 1;
  if (series.x.size() > 1 && !drawing.figure.x.whole_numbers) {
    step = std::abs(series.x[1] - series.x[0]);
  }
  const double slot =
      0.8 * std::abs(drawing.x(step) - drawing.x(0)) / static_cast<double>(of);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    const double x =
        drawing.x(series.x[i]) +
        slot * (static_cast<double>(place) - static_cast<double>(of) / 2);
    const double top = drawing.y(values[i]), bottom = lowest(drawing);
    drawing.canvas.rectangle(x, std::min(top, bottom), slot,
                             std::abs(top - bottom), colour(series));
  }
}

void name_points(const Drawing& drawing, const Series& series,
                 std::span<const double> values) {
  constexpr double kSize = 10;
  std::vector<std::pair<double, double>> points;
  for (size_t i = 0; i < values.size(); ++i)
    points.emplace_back(drawing.x(series.x[i]), drawing.y(values[i]));
  const auto places = label_places(points, series.labels, kSize);
  for (size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    drawing.canvas.text(places[i]->first, places[i]->second + 0.36 * kSize,
                        series.labels[i], "middle", kSize);
  }
}

void draw_points(const Drawing& drawing, const Series& series,
                 std::span<const double> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = drawing.x(series.x[i]), y = drawing.y(values[i]);
    if (i < series.low.size() && series.mark != Mark::kBand &&
        std::isfinite(series.low[i]) && std::isfinite(series.high[i])) {
      drawing.canvas.line(x, drawing.y(series.low[i]), x,
                          drawing.y(series.high[i]), colour(series), 1.2);
    }
    if (series.mark == Mark::kStems && std::isfinite(values[i])) {
      drawing.canvas.line(x, lowest(drawing), x, y, colour(series), 1.2);
    }
    if (drawing.figure.heat_map) {
      drawing.canvas.ring(x, y);
      continue;
    }
    const bool filled = i >= series.filled.size() || series.filled[i];
    const double radius = values.size() > 60 ? 2 : 3.2;
    if (i < series.diamonds.size() && series.diamonds[i]) {
      drawing.canvas.diamond(x, y, 1.4 * radius, colour(series));
    } else {
      drawing.canvas.circle(x, y, radius, colour(series), filled);
    }
  }
  if (series.label_points) name_points(drawing, series, values);
}

void draw_series(const Drawing& drawing) {
  const auto& all = drawing.figure.series;
  const auto is_bars = [](const Series& s) { return s.mark == Mark::kBars; };
  const auto bars =
      static_cast<size_t>(std::count_if(all.begin(), all.end(), is_bars));
  size_t bar = 0;
  for (const Series& series : all) {
    const auto values = shown(drawing.figure, series, drawing.row);
    if (series.mark == Mark::kBars) {
      draw_bars(drawing, series, values, bar++, bars);
      continue;
    }
    if (series.mark == Mark::kSteps) {
      draw_steps(drawing, series, values);
      continue;
    }
    if (series.mark == Mark::kBand) draw_band(drawing, series);
    if (series.mark == Mark::kLine || series.mark == Mark::kLineAndPoints ||
        series.mark == Mark::kBand) {
      std::vector<std::pair<double, double>> points;
      for (size_t i = 0; i < values.size(); ++i) {
        points.emplace_back(drawing.x(series.x[i]), drawing.y(values[i]));
      }
      drawing.canvas.path(points, colour(series), 1.6, series.dashed);
    }
    if (series.mark == Mark::kPoints || series.mark == Mark::kStems ||
        series.mark == Mark::kLineAndPoints) {
      draw_points(drawing, series, values);
    }
  }
}

void draw_rules(const Drawing& drawing) {
  const Figure& figure = drawing.figure;
  SvgCanvas& canvas = drawing.canvas;
  const SvgScale &x = drawing.x, &y = drawing.y;
  for (const Rule& rule : figure.rules) {
    const double at = rule.vertical ? x(rule.at) : y(rule.at);
    if (rule.vertical) {
      canvas.line(at, y.from, at, y.to, kInk, 0.9, "4 3");
      canvas.text(at + 4, y.to + 12, rule.label, "start", 10);
    } else {
      canvas.line(x.from, at, x.to, at, kInk, 0.9, "4 3");
    }
  }
  if (figure.diagonal) {
    const double low = std::max(x.low, y.low), high = std::min(x.high, y.high);
    canvas.line(x(low), y(low), x(high), y(high), kInk, 0.9, "4 3");
  }
}

// What the names of the level rules take beside the frame, where no line of a
// series crosses them.
double room_for_rules(const Figure& figure) {
  size_t longest = 0;
  for (const Rule& rule : figure.rules)
    if (!rule.vertical) longest = std::max(longest, rule.label.size());
  return 5.6 * static_cast<double>(longest);
}

void name_rules(const Drawing& drawing) {
  for (const Rule& rule : drawing.figure.rules) {
    if (rule.vertical) continue;
    drawing.canvas.text(drawing.right + 4, drawing.y(rule.at) + 4, rule.label,
                        "start", 10);
  }
}

void draw_legend(const Drawing& drawing) {
  const auto& series = drawing.figure.series;
  if (series.size() < 2) return;
  double at = drawing.x.from;
  for (const Series& one : series) {
    drawing.canvas.rectangle(at, 39, 12, 4, colour(one));
    drawing.canvas.text(at + 17, 45, one.name, "start", 11);
    at += 30 + 6.2 * static_cast<double>(one.name.size());
  }
}

// With the names that the axis has at this layer.
Figure at_row(Figure figure, size_t row) {
  std::vector<std::string>& names = figure.x.names;
  const size_t count = figure.x.places.size();
  if (!figure.follows_layer || names.size() < (row + 1) * count ||
      names.size() == count)
    return figure;
  const auto first = names.begin() + static_cast<ptrdiff_t>(row * count);
  names = {first, first + static_cast<ptrdiff_t>(count)};
  return figure;
}

}  // namespace

std::string figure_svg(const Figure& all, size_t row) {
  const Figure figure = at_row(all, row);
  const bool named_below = figure.x.names.size() > 14;
  const double bottom = named_below ? 116 : 52;
  double right = figure.heat_map ? 96 : kRight + room_for_rules(figure);
  const double height = kHeight + (named_below ? 64 : 0);
  double width = figure.square ? 540 : 760;
  if (figure.follows_layer && named_below) {
    width = std::max(
        width,
        std::min(2400.0, 110 + 9 * static_cast<double>(figure.x.names.size())));
  }
  if (figure.square) {
    right = width - kLeft - (height - kTop - bottom);
  }
  SvgCanvas canvas(width, height);
  const auto [x_low, x_high] = x_range(figure);
  const auto [y_low, y_high] = y_range(figure, row);
  Drawing drawing{figure,
                  row,
                  canvas,
                  kLeft,
                  width - right,
                  kTop,
                  height - bottom,
                  {x_low, x_high, kLeft, width - right, figure.x.logarithmic},
                  {y_low, y_high, height - bottom, kTop, figure.y.logarithmic,
                   figure.y.knee}};
  if (figure.heat_map && figure.heat_map->first_row_on_top) {
    std::swap(drawing.y.from, drawing.y.to);
  }
  canvas.text(kLeft, 24, figure.title, "start", 14);
  draw_x_axis(drawing);
  draw_y_axis(drawing);
  if (figure.heat_map) {
    draw_heat_map(*figure.heat_map, drawing.x, drawing.y, canvas);
  }
  canvas.begin_clip(kLeft, kTop, width - right - kLeft, height - bottom - kTop);
  draw_rules(drawing);
  draw_series(drawing);
  canvas.end_clip();
  name_rules(drawing);
  draw_legend(drawing);
  return canvas.document(figure.title);
}

}  // namespace excise
