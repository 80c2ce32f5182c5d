// Pearson and Spearman correlation with a bootstrap interval.
#ifndef EXCISE_MATH_STATISTICS_CORRELATION_H_
#define EXCISE_MATH_STATISTICS_CORRELATION_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"
#include "math/statistics/bootstrap.h"

namespace excise {

// What cannot be computed is absent and `reason` says why: "fewer than three
// pairs" or "zero variance (max == min)".
struct Correlation {
  size_t n = 0;
  std::optional<double> r;
  std::optional<double> p;           // two-sided, t with n - 2
  std::optional<Interval> interval;  // 95 %, bootstrap over pairs
  std::string reason;
};

// x, y: one pair an index. Resamples in which x or y is constant have no r and
// are left out. Errors: bad_input when the lengths differ or a value is NaN or
// infinite.
Result<Correlation> pearson(std::span<const double> x,
                            std::span<const double> y,
                            const Bootstrap& bootstrap);
// Of the ranks, ties at their mean.
Result<Correlation> spearman(std::span<const double> x,
                             std::span<const double> y,
                             const Bootstrap& bootstrap);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_CORRELATION_H_
