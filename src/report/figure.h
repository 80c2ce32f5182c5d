// A figure as data. The page draws it with Plotly (figure_json.h), --figures as
// SVG (figure_svg.h), and both show the same numbers.
#ifndef EXCISE_REPORT_FIGURE_H_
#define EXCISE_REPORT_FIGURE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/colours.h"

namespace excise {

enum class Mark {
  kLine,
  kPoints,
  kLineAndPoints,
  kBars,
  kStems,  // a line from 0 to a point
  kSteps,  // a histogram's outline; x are the middles of equal bins
  kBand    // from low to high; y is the line in its middle
};

// One series of numbers. A number that does not exist is NaN and leaves a gap.
struct Series {
  std::string name = {};
  Mark mark = Mark::kLineAndPoints;
  Hue hue = Hue::kRemoval;
  // For series that are in order, 0 to 1: a colour between light and strong, in
  // the place of the hue.
  std::optional<double> shade = {};
  std::vector<double> x = {};
  // As many as x; where the figure follows the layer, as many for each swept
  // layer, one layer after the other.
  std::vector<double> y = {};
  std::vector<double> low = {}, high = {};  // ends of intervals, or none
  std::vector<std::string> labels = {};     // what each point is, or none
  std::vector<bool> filled = {};    // false: a hollow point; empty: all filled
  std::vector<bool> diamonds = {};  // a hollow diamond; empty: none
  bool label_points = false;        // write the labels beside the points
  bool dashed = false;
  bool by_sign = false;  // stems: orange above 0, blue below
};

// Values in rows (y, the first at the bottom) and columns (x).
struct HeatMap {
  std::vector<double> values = {};  // rows * cols
  size_t rows = 0, cols = 0;
  ColourScale scale = ColourScale::kSequential;
  double low = 0, high = 1;  // of the colour scale
  std::string unit = {};     // beside it
  bool first_row_on_top = false;
  // Where the first row and column lie, and from one to the next.
  double x_first = 0, x_step = 1, y_first = 0, y_step = 1;
};

struct Axis {
  std::string title = {};
  bool logarithmic = false;
  // y: even up to this distance from 0, logarithmic beyond (bent_axis.h).
  std::optional<double> knee = {};
  bool whole_numbers = false;  // layers, positions: ticks at whole numbers
  // A name at each place, instead of numbers. Where the figure follows the
  // layer there may be as many names for each swept layer.
  std::vector<double> places = {};
  std::vector<std::string> names = {};
  std::optional<std::pair<double, double>> range =
      {};  // else that of the numbers
};

// A line across the figure: y = at, or x = at.
struct Rule {
  double at = 0;
  bool vertical = false;
  std::string label = {};
};

struct Figure {
  std::string id = {};      // letters, digits and hyphens; unique in a report
  std::string title = {};   // what is shown
  std::string choice = {};  // its name beside others in one Slot
  // What to read from it, below it: one sentence, or one for each swept layer.
  std::vector<std::string> says = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
  std::optional<HeatMap> heat_map = {};  // series on it are points, as rings
  std::vector<Rule> rules = {};
  bool diagonal = false;       // draw y = x
  bool square = false;         // both axes in one scale
  bool follows_layer = false;  // y holds a row for each swept layer
  // Of a heat map: a range of colours that leaves out what dwarfs the rest,
  // where something does. Lines bend their axis instead.
  std::optional<std::pair<double, double>> close_up = {};
};

// One place on the page: a figure, or several to choose from.
struct Slot {
  std::vector<Figure> choices = {};
  bool wide = true;  // the whole width; else two beside each other
  size_t first = 0;  // the choice that is shown at first
};

}  // namespace excise

#endif  // EXCISE_REPORT_FIGURE_H_
