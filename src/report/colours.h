// The colours of a report, safe for the colour-blind, for light and dark pages.
#ifndef EXCISE_REPORT_COLOURS_H_
#define EXCISE_REPORT_COLOURS_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace excise {

// By meaning, so that a branch looks the same in every figure.
enum class Hue { kRemoval, kMeanAlone, kNet, kControl, kFourth, kFifth };

inline constexpr size_t kHues = 6;

enum class ColourScale {
  kSequential,  // from the page's colour to the strongest
  kDiverging    // blue below, orange above the middle, which is the page's
};

struct Theme {
  std::array<std::string_view, kHues> hues;  // of Hue, "#rrggbb"
  // Equally spaced, from low to high.
  std::vector<std::string_view> sequential, diverging;
};

const Theme& light_theme();
const Theme& dark_theme();

// Of a series: its hue, or its place from light to strong (0 to 1).
std::string series_colour(const Theme& theme, Hue hue,
                          std::optional<double> shade);

// The colour at `place` (0 to 1; beyond it the nearest) between the stops,
// "#rrggbb".
std::string colour_at(const std::vector<std::string_view>& stops, double place);

}  // namespace excise

#endif  // EXCISE_REPORT_COLOURS_H_
