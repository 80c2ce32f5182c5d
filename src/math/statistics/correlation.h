// Pearson and Spearman correlation: exact where pairs are few, with a bootstrap
// interval where there are enough.
#ifndef EXCISE_MATH_STATISTICS_CORRELATION_H_
#define EXCISE_MATH_STATISTICS_CORRELATION_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"
#include "math/statistics/bootstrap.h"

namespace excise {

// Up to so many pairs p counts all permutations.
inline constexpr size_t kExactCorrelationUpTo = 9;

// What cannot be computed is absent and `reason` says why: "fewer than three
// pairs" or "zero variance (max == min)".
struct Correlation {
  size_t n = 0;
  std::optional<double> r;
  // Two-sided, never 0. Up to kExactCorrelationUpTo pairs the share of all
  // permutations of y with |r| at least this one's; beyond them t with n - 2,
  // but no less than the 1 / n! of one permutation.
  std::optional<double> p;
  std::optional<Interval> interval;  // 95 %, bootstrap over pairs
  std::string reason;                // why there is no r
  std::string interval_reason;       // why there is no interval
};

// x, y: one pair an index. There is no interval where resamples say nothing:
// where more than 1 % of them have fewer than three points that differ (and so
// r = 1, -1 or none), or where all of them have the same r. Resamples in which
// x or y is constant have no r and are left out. Errors: bad_input when the
// lengths differ or a value is NaN or infinite.
Result<Correlation> pearson(std::span<const double> x,
                            std::span<const double> y,
                            const Bootstrap& bootstrap);
// Of the ranks, ties at their mean.
Result<Correlation> spearman(std::span<const double> x,
                             std::span<const double> y,
                             const Bootstrap& bootstrap);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_CORRELATION_H_
