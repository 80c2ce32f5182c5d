// Test of the mean of a series whose values may depend on their neighbours
// (Lazarus, Lewis, Stock and Watson 2018, "HAR inference: recommendations for
// practice", J. Business & Economic Statistics 36; docs/method.md, section 4).
#ifndef EXCISE_MATH_STATISTICS_EQUALLY_WEIGHTED_COSINES_H_
#define EXCISE_MATH_STATISTICS_EQUALLY_WEIGHTED_COSINES_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"

namespace excise {

// A shorter series has no test.
inline constexpr size_t kFewestForCosines = 8;

// What cannot be computed is absent and `reason` says why.
struct EquallyWeightedCosines {
  size_t n = 0;
  std::optional<double> t, df, p;         // df cosines; p two-sided, never 0
  std::optional<double> ci_low, ci_high;  // 95 %
  std::optional<double> lag1;             // correlation of neighbours
  // n s^2 / Omega, at most n: how many independent values would tell the mean
  // as well.
  std::optional<double> n_effective;
  std::string reason;
};

// values: in their order. With B = max(2, floor(0.41 n^(2/3))) cosines
//   L_j = sqrt(2 / n) sum_t d_t cos(pi j (t - 1/2) / n),  j = 1 ... B,
//   Omega = sum_j L_j^2 / B,  t = mean / sqrt(Omega / n)
// with B degrees of freedom. Errors: bad_input when a value is NaN or infinite.
Result<EquallyWeightedCosines> equally_weighted_cosines(
    std::span<const double> values);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_EQUALLY_WEIGHTED_COSINES_H_
