#include "math/statistics/bootstrap.h"

#include <algorithm>
#include <vector>

#include "core/random.h"

namespace excise {
namespace {

// q: 0 to 1. sorted is not empty.
double quantile(std::span<const double> sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) *
                             (sorted[above] - sorted[below]);
}

}  // namespace

std::optional<Interval> bootstrap_interval(
    size_t n,
    const std::function<std::optional<double>(std::span<const size_t> sample)>&
        statistic,
    const Bootstrap& bootstrap) {
  if (n == 0) return std::nullopt;
  Random random(bootstrap.seed, bootstrap.stream);
  std::vector<size_t> sample(n);
  std::vector<double> drawn;
  for (size_t draw = 0; draw < bootstrap.draws; ++draw) {
    for (size_t& index : sample) index = random.below(n);
    if (const auto value = statistic(sample)) drawn.push_back(*value);
  }
  if (drawn.empty()) return std::nullopt;
  std::ranges::sort(drawn);
  return Interval{quantile(drawn, 0.025), quantile(drawn, 0.975)};
}

}  // namespace excise
