// Seeded percentile bootstrap.
#ifndef EXCISE_MATH_STATISTICS_BOOTSTRAP_H_
#define EXCISE_MATH_STATISTICS_BOOTSTRAP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace excise {

// How an interval is drawn; 0 draws: no interval.
struct Bootstrap {
  size_t draws = 2000;
  uint64_t seed = 0;
  uint64_t stream = 0;
};

struct Interval {
  double low = 0;
  double high = 0;
};

// The 2.5th and 97.5th percentile (linear between order statistics) of
// `statistic` over samples of n indices below n, drawn with replacement.
// Samples for which it is absent are left out; no interval without any.
std::optional<Interval> bootstrap_interval(
    size_t n,
    const std::function<std::optional<double>(std::span<const size_t> sample)>&
        statistic,
    const Bootstrap& bootstrap);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_BOOTSTRAP_H_
