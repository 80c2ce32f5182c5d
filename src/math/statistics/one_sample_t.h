// One-sample Student t test of a mean against 0.
#ifndef EXCISE_MATH_STATISTICS_ONE_SAMPLE_T_H_
#define EXCISE_MATH_STATISTICS_ONE_SAMPLE_T_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"

namespace excise {

// What cannot be computed is absent and `reason` says why: "fewer than two
// values" or "zero variance (max == min)".
struct OneSampleT {
  size_t n = 0;
  std::optional<double> mean;             // absent for n = 0
  std::optional<double> sd;               // n - 1 in the denominator
  std::optional<double> t, df, p;         // p two-sided, never 0
  std::optional<double> cohen_d;          // mean / sd
  std::optional<double> ci_low, ci_high;  // 95 %
  std::string reason;
};

// Errors: bad_input when a value is NaN or infinite.
Result<OneSampleT> one_sample_t(std::span<const double> values);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_ONE_SAMPLE_T_H_
