#include "report/bent_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text.h"

namespace excise {
namespace {

constexpr double kDwarfs = 8;    // times the median
constexpr double kWidest = 100;  // times the knee, so that no noise is spread
constexpr double kDecadesOf3 = 1.5;  // up to here ticks at 1, 2 and 5

// The nearest 1, 2 or 5 times a power of ten, by ratio.
double round_near(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  double nearest = power;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (factor * power * nearest < value * value) nearest = factor * power;
  }
  return nearest;
}

std::vector<double> sizes_of(const std::vector<double>& values) {
  std::vector<double> sizes;
  for (const double value : values) {
    if (std::isfinite(value)) sizes.push_back(std::abs(value));
  }
  return sizes;
}

}  // namespace

double bent(double value, double knee) {
  return std::copysign(std::log10(1 + std::abs(value) / knee), value);
}

double unbent(double place, double knee) {
  return std::copysign(knee * (std::pow(10, std::abs(place)) - 1), place);
}

std::optional<std::pair<double, double>> drawn_range(const Figure& figure) {
  std::pair<double, double> range{INFINITY, -INFINITY};
  for (const Series& series : figure.series) {
    for (const auto* values : {&series.y, &series.low, &series.high}) {
      for (const double value : *values) {
        if (!std::isfinite(value)) continue;
        range.first = std::min(range.first, value);
        range.second = std::max(range.second, value);
      }
    }
  }
  if (range.first > range.second) return std::nullopt;
  return range;
}

void bend_where_dwarfed(const std::vector<double>& watched, Figure& figure) {
  std::vector<double> sizes = sizes_of(watched);
  const auto range = drawn_range(figure);
  if (sizes.size() < 3 || !range) return;
  const auto middle =
      sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  const double largest =
      std::max(std::abs(range->first), std::abs(range->second));
  if (!(largest > kDwarfs * *middle)) return;
  figure.y.knee = round_near(std::max(*middle, largest / kWidest));
}

std::vector<Tick> bent_ticks(double low, double high, double knee) {
  const double largest = std::max(std::abs(low), std::abs(high));
  if (!std::isfinite(largest)) return {};
  std::vector<Tick> ticks;
  const auto add = [&](double at) {
    if (at >= low && at <= high) ticks.push_back({at, number_text(at, 6)});
  };
  const bool dense = bent(largest, knee) <= kDecadesOf3 + 0.3;
  add(0);
  for (double power = std::pow(10, std::floor(std::log10(knee)));
       power <= largest; power *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      // Rounding of the powers must not be seen.
      const double at = std::stod(fmt::format("{:.6g}", factor * power));
      const bool is_knee = std::abs(at - knee) < 1e-6 * knee;
      if (at < knee * (1 - 1e-6) || !(dense || factor == 1 || is_knee))
        continue;
      add(at);
      add(-at);
    }
  }
  std::ranges::sort(ticks, {}, &Tick::at);
  return ticks;
}

std::string bend_note(double knee) {
  return "; log beyond ±" + number_text(knee, 6);
}

}  // namespace excise
