#include "report/colours.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace excise {
namespace {

// Two hexadecimal digits of "#rrggbb".
int channel(std::string_view colour, size_t index) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  return 16 * digit(colour[1 + 2 * index]) + digit(colour[2 + 2 * index]);
}

}  // namespace

// Hues after Okabe and Ito, darkened or lightened until each has a contrast of
// 3 to 1 with its page.
const Theme& light_theme() {
  static const Theme kTheme = {
      {"#0b67a8", "#c2570c", "#007a5e", "#7c828c", "#a3478a", "#7d6a00"},
      {"#f4f6f9", "#cfe0ee", "#93bfdf", "#4a93c7", "#1f669f", "#0d3b66"},
      {"#1b5f9e", "#5b9bcd", "#b3d2e9", "#f6f6f4", "#f6cda6", "#e28f46",
       "#b4520b"}};
  return kTheme;
}

const Theme& dark_theme() {
  static const Theme kTheme = {
      {"#5fb3ea", "#f0944d", "#3fc79f", "#9aa1ac", "#e191c9", "#d9c14a"},
      {"#20242b", "#1f3f63", "#2a6a9e", "#4c9fce", "#9ccbe0", "#eef7f4"},
      {"#8cc6f2", "#4793cb", "#2b587e", "#272b32", "#7d4a20", "#cc752b",
       "#ffb277"}};
  return kTheme;
}

std::string series_colour(const Theme& theme, Hue hue,
                          std::optional<double> shade) {
  if (!shade) return std::string(theme.hues[static_cast<size_t>(hue)]);
  // The weak half of the scale would not be seen on the page.
  return colour_at(theme.sequential, 0.55 + 0.45 * *shade);
}

std::string colour_at(const std::vector<std::string_view>& stops,
                      double place) {
  const double last = static_cast<double>(stops.size() - 1);
  const double at = std::clamp(std::isfinite(place) ? place : 0, 0.0, 1.0);
  const auto below = std::min(static_cast<size_t>(at * last), stops.size() - 2);
  const double part = at * last - static_cast<double>(below);
  std::string colour = "#";
  for (size_t c = 0; c < 3; ++c) {
    const double value = (1 - part) * channel(stops[below], c) +
                         part * channel(stops[below + 1], c);
    colour += fmt::format("{:02x}", static_cast<int>(std::lround(value)));
  }
  return colour;
}

}  // namespace excise
