#include "report/ticks.h"

#include <algorithm>
#include <cmath>

#include "report/text.h"

namespace excise {
namespace {

// 1, 2 or 5 times a power of ten, at least `rough`.
double round_step(double rough) {
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::vector<Tick> powers_of_ten(double low, double high, size_t count) {
  const double first = std::ceil(std::log10(low) - 1e-9);
  const double last = std::floor(std::log10(high) + 1e-9);
  const double step =
      std::max(1.0, std::ceil((last - first + 1) / static_cast<double>(count)));
  std::vector<Tick> ticks;
  for (double power = first; power <= last; power += step) {
    ticks.push_back({std::pow(10, power), number_text(std::pow(10, power))});
  }
  return ticks;
}

}  // namespace

std::vector<Tick> round_ticks(double low, double high, size_t count,
                              bool whole_numbers, bool logarithmic) {
  // Closer than doubles can tell apart is no range.
  constexpr double kNarrowest = 1e-12;
  const double magnitude = std::max(std::abs(low), std::abs(high));
  if (!(high - low > kNarrowest * magnitude) || !std::isfinite(high - low) ||
      count == 0)
    return {};
  if (logarithmic) {
    auto ticks =
        low > 0 ? powers_of_ten(low, high, count) : std::vector<Tick>();
    if (ticks.size() > 1) return ticks;
  }
  double step = round_step((high - low) / static_cast<double>(count));
  if (whole_numbers) step = std::max(1.0, std::ceil(step));
  std::vector<Tick> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (double i = first; i * step <= high + 1e-9 * step; i += 1) {
    // Not -0 nor 0.30000000000000004.
    const double at = i == 0 ? 0 : i * step;
    ticks.push_back({at, number_text(at, 6)});
  }
  return ticks;
}

std::vector<Tick> named_ticks(const Axis& axis, double low, double high,
                              size_t most) {
  std::vector<Tick> ticks;
  for (size_t i = 0; i < std::min(axis.places.size(), axis.names.size()); ++i) {
    if (axis.places[i] >= low && axis.places[i] <= high) {
      ticks.push_back({axis.places[i], axis.names[i]});
    }
  }
  const size_t every = (ticks.size() + most - 1) / std::max<size_t>(1, most);
  if (every <= 1) return ticks;
  std::vector<Tick> fewer;
  for (size_t i = 0; i < ticks.size(); i += every) fewer.push_back(ticks[i]);
  return fewer;
}

}  // namespace excise
