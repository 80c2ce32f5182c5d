// The ratio of two means measured at the same tokens, with Fieller's interval
// (Fieller 1954).
#ifndef EXCISE_MATH_STATISTICS_RATIO_INTERVAL_H_
#define EXCISE_MATH_STATISTICS_RATIO_INTERVAL_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"
#include "math/statistics/bootstrap.h"

namespace excise {

// What cannot be computed is absent and `reason` says why: "fewer than two
// pairs", "the mean below the line is not told from 0" (then the interval would
// be unbounded) or "zero variance (max == min)".
struct RatioOfMeans {
  size_t n = 0;
  std::optional<double> ratio;  // mean(above) / mean(below)
  // 95 %: every ratio r at which t of above - r below, with n - 1, is within
  // its limits. Bounded exactly where the 95 % interval of mean(below) excludes
  // 0.
  std::optional<Interval> interval;
  std::string reason;
};

// above, below: one pair an index. Errors: bad_input when the lengths differ or
// a value is NaN or infinite.
Result<RatioOfMeans> ratio_of_means(std::span<const double> above,
                                    std::span<const double> below);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_RATIO_INTERVAL_H_
