#include "math/statistics/empirical_p.h"

#include <algorithm>
#include <cmath>

#include "math/statistics/finite.h"

namespace excise {
namespace {

bool usable(double value, std::span<const double> draws) {
  return std::isfinite(value) && !draws.empty() && all_finite(draws);
}

double sides(Tail tail) { return tail == Tail::kTwoSided ? 2 : 1; }

}  // namespace

double p_of_count(size_t reached, size_t draws) {
  return static_cast<double>(reached + 1) / static_cast<double>(draws + 1);
}

std::optional<double> empirical_p(double value, std::span<const double> draws,
                                  Tail tail) {
  if (!usable(value, draws)) return std::nullopt;
  const auto above = std::ranges::count_if(
      draws, [value](double draw) { return draw >= value; });
  const auto below = std::ranges::count_if(
      draws, [value](double draw) { return draw <= value; });
  const auto reached = tail == Tail::kAbove   ? above
                       : tail == Tail::kBelow ? below
                                              : std::min(above, below);
  return std::min(1.0, sides(tail) * p_of_count(static_cast<size_t>(reached),
                                                draws.size()));
}

std::optional<double> percentile(double value, std::span<const double> draws) {
  if (!usable(value, draws)) return std::nullopt;
  double below = 0;
  for (const double draw : draws)
    below += draw < value ? 1 : draw == value ? 0.5 : 0;
  return 100 * below / static_cast<double>(draws.size());
}

double smallest_p(size_t draws, Tail tail) {
  return std::min(1.0, sides(tail) * p_of_count(0, draws));
}

size_t draws_for_p_below(double level, Tail tail) {
  auto draws = static_cast<size_t>(sides(tail) / level);
  while (draws > 0 && smallest_p(draws - 1, tail) < level) --draws;
  while (!(smallest_p(draws, tail) < level)) ++draws;
  return draws;
}

double attained_level(size_t draws, double level, Tail tail) {
  const double step = smallest_p(draws, tail);
  if (!(step < level)) return 0;
  auto steps = std::floor(level / step);
  while (!(steps * step < level)) --steps;
  return steps * step;
}

}  // namespace excise
