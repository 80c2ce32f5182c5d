// The frame of an SVG figure: where a number lies on it, its axes, its shapes.
#ifndef EXCISE_REPORT_SVG_CANVAS_H_
#define EXCISE_REPORT_SVG_CANVAS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/figure.h"
#include "report/ticks.h"

namespace excise {

// One axis on the canvas: numbers from `low` to `high` onto points.
struct SvgScale {
  double low = 0, high = 1;
  double from = 0, to = 1;  // points
  bool logarithmic = false;
  std::optional<double> knee = {};  // bent_axis.h

  double operator()(double value) const;
};

class SvgCanvas {
 public:
  SvgCanvas(double width, double height) : width_(width), height_(height) {}

  void line(double x1, double y1, double x2, double y2, std::string_view colour,
            double width, std::string_view dashes = "");
  void rectangle(double x, double y, double width, double height,
                 std::string_view fill);
  // Seen on every colour: black within white.
  void ring(double x, double y);
  void circle(double x, double y, double radius, std::string_view colour,
              bool filled);
  // Hollow; radius: to its corners.
  void diamond(double x, double y, double radius, std::string_view colour);
  // Through the points; a NaN breaks it.
  void path(const std::vector<std::pair<double, double>>& points,
            std::string_view colour, double width, bool dashed);
  void polygon(const std::vector<std::pair<double, double>>& points,
               std::string_view fill, double opacity);
  // anchor: start, middle or end. angle in degrees, around (x, y).
  void text(double x, double y, std::string_view text, std::string_view anchor,
            double size, double angle = 0, std::string_view colour = "#24292f",
            std::string_view family = "");
  // A path of the caller's own.
  void shape(std::string_view path_data, std::string_view fill);
  // Clips what follows to a rectangle until end_clip().
  void begin_clip(double x, double y, double width, double height);
  void end_clip();

  std::string document(std::string_view title) const;

 private:
  double width_, height_;
  std::string body_;
};

// A coordinate with at most two decimals.
std::string svg_number(double value);

}  // namespace excise

#endif  // EXCISE_REPORT_SVG_CANVAS_H_
