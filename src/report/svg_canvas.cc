#include "report/svg_canvas.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "report/bent_axis.h"
#include "report/text.h"

namespace excise {

double SvgScale::operator()(double value) const {
  if (knee) {
    const double first = bent(low, *knee), last = bent(high, *knee);
    return from + (bent(value, *knee) - first) / (last - first) * (to - from);
  }
  double place = logarithmic ? (std::log(value) - std::log(low)) /
                                   (std::log(high) - std::log(low))
                             : (value - low) / (high - low);
  if (logarithmic && !(value > 0)) place = 0;  // below every positive number
  return from + place * (to - from);
}

std::string svg_number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

void SvgCanvas::line(double x1, double y1, double x2, double y2,
                     std::string_view colour, double width,
                     std::string_view dashes) {
  body_ += fmt::format(
      R"(<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}")",
      svg_number(x1), svg_number(y1), svg_number(x2), svg_number(y2), colour,
      width);
  if (!dashes.empty())
    body_ += fmt::format(R"( stroke-dasharray="{}")", dashes);
  body_ += "/>\n";
}

void SvgCanvas::rectangle(double x, double y, double width, double height,
                          std::string_view fill) {
  body_ +=
      fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>)"
                  "\n",
                  svg_number(x), svg_number(y), svg_number(width),
                  svg_number(height), fill);
}

void SvgCanvas::ring(double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y)) return;
  for (const auto& [colour, width] :
       {std::pair{"#ffffff", 4.5}, std::pair{"#000000", 1.6}}) {
    body_ +=
        fmt::format(R"(<circle cx="{}" cy="{}" r="7" fill="none" stroke="{}" )"
                    R"(stroke-width="{}"/>)"
                    "\n",
                    svg_number(x), svg_number(y), colour, width);
  }
}

void SvgCanvas::circle(double x, double y, double radius,
                       std::string_view colour, bool filled) {
  if (!std::isfinite(x) || !std::isfinite(y)) return;
  body_ +=
      fmt::format(R"(<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}" )"
                  R"(stroke-width="1.4"/>)"
                  "\n",
                  svg_number(x), svg_number(y), radius,
                  filled ? colour : "#ffffff", colour);
}

void SvgCanvas::diamond(double x, double y, double radius,
                        std::string_view colour) {
  if (!std::isfinite(x) || !std::isfinite(y)) return;
  body_ += fmt::format(
      R"(<path d="M{0} {3}L{2} {1}L{0} {5}L{4} {1}Z" fill="#ffffff" )"
      R"(stroke="{6}" stroke-width="1.4"/>)"
      "\n",
      svg_number(x), svg_number(y), svg_number(x + radius),
      svg_number(y - radius), svg_number(x - radius), svg_number(y + radius),
      colour);
}

void SvgCanvas::path(const std::vector<std::pair<double, double>>& points,
                     std::string_view colour, double width, bool dashed) {
  std::string data;
  bool pen_down = false;
  for (const auto& [x, y] : points) {
    const bool there = std::isfinite(x) && std::isfinite(y);
    if (there) {
      data += (pen_down ? "L" : "M") + svg_number(x) + " " + svg_number(y);
    }
    pen_down = there;
  }
  if (data.empty()) return;
  body_ += fmt::format(
      R"(<path d="{}" fill="none" stroke="{}" stroke-width="{}" )"
      R"(stroke-linejoin="round"{}/>)"
      "\n",
      data, colour, width, dashed ? R"( stroke-dasharray="5 4")" : "");
}

void SvgCanvas::polygon(const std::vector<std::pair<double, double>>& points,
                        std::string_view fill, double opacity) {
  std::string data;
  for (const auto& [x, y] : points) {
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    data += (data.empty() ? "" : " ") + svg_number(x) + "," + svg_number(y);
  }
  body_ += fmt::format(R"(<polygon points="{}" fill="{}" fill-opacity="{}"/>)"
                       "\n",
                       data, fill, opacity);
}

void SvgCanvas::text(double x, double y, std::string_view text,
                     std::string_view anchor, double size, double angle,
                     std::string_view colour, std::string_view family) {
  body_ += fmt::format(
      R"(<text x="{}" y="{}" text-anchor="{}" font-size="{}" fill="{}")",
      svg_number(x), svg_number(y), anchor, size, colour);
  if (!family.empty()) body_ += fmt::format(R"( font-family="{}")", family);
  if (angle != 0) {
    body_ += fmt::format(" transform=\"rotate({} {} {})\"", angle,
                         svg_number(x), svg_number(y));
  }
  body_ += R"( xml:space="preserve">)" + escape_markup(visible_text(text)) +
           "</text>\n";
}

void SvgCanvas::shape(std::string_view path_data, std::string_view fill) {
  body_ +=
      fmt::format(R"(<path d="{}" fill="{}" shape-rendering="crispEdges"/>)"
                  "\n",
                  path_data, fill);
}

void SvgCanvas::begin_clip(double x, double y, double width, double height) {
  body_ += fmt::format(R"(<svg x="{0}" y="{1}" width="{2}" height="{3}" )"
                       R"(viewBox="{0} {1} {2} {3}" overflow="hidden">)"
                       "\n",
                       svg_number(x), svg_number(y), svg_number(width),
                       svg_number(height));
}

void SvgCanvas::end_clip() { body_ += "</svg>\n"; }

std::string SvgCanvas::document(std::string_view title) const {
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" )"
      R"(viewBox="0 0 {0} {1}" role="img" )"
      R"(font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">)"
      "\n<title>{2}</title>\n<rect width=\"{0}\" height=\"{1}\" "
      "fill=\"#ffffff\"/>\n{3}</svg>\n",
      svg_number(width_), svg_number(height_),
      escape_markup(visible_text(title)), body_);
}

}  // namespace excise
