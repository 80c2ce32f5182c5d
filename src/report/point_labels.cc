#include "report/point_labels.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace excise {
namespace {

struct Box {
  double x, y, width, height;  // of its middle
};

bool apart(const Box& a, const Box& b) {
  return 2 * std::abs(a.x - b.x) >= a.width + b.width ||
         2 * std::abs(a.y - b.y) >= a.height + b.height;
}

// To the right and downwards, the preferred ones first.
constexpr std::array<std::pair<int, int>, 8> kAround = {
    {{0, -1}, {1, 0}, {-1, 0}, {0, 1}, {1, -1}, {-1, -1}, {1, 1}, {-1, 1}}};
constexpr double kMark = 8;      // a point's width
constexpr double kDistance = 5;  // of a name from the middle of its point
constexpr double kLetter = 0.62;

}  // namespace

std::vector<std::optional<std::pair<double, double>>> label_places(
    std::span<const std::pair<double, double>> points,
    std::span<const std::string> labels, double size) {
  std::vector<Box> taken;
  const auto there = [](const std::pair<double, double>& point) {
    return std::isfinite(point.first) && std::isfinite(point.second);
  };
  for (const auto& point : points) {
    if (there(point))
      taken.push_back({point.first, point.second, kMark, kMark});
  }
  std::vector<std::optional<std::pair<double, double>>> places(points.size());
  for (size_t i = 0; i < std::min(points.size(), labels.size()); ++i) {
    if (!there(points[i])) continue;
    const double width =
        kLetter * size * static_cast<double>(labels[i].size()) + 2;
    for (const auto& [right, down] : kAround) {
      const Box box{points[i].first + right * (width / 2 + kDistance),
                    points[i].second + down * (size / 2 + kDistance), width,
                    size};
      const bool free = std::ranges::all_of(
          taken, [&](const Box& other) { return apart(box, other); });
      if (!free) continue;
      taken.push_back(box);
      places[i] = std::pair{box.x, box.y};
      break;
    }
  }
  return places;
}

}  // namespace excise
