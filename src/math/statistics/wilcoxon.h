// Wilcoxon signed-rank test of a median against 0.
#ifndef EXCISE_MATH_STATISTICS_WILCOXON_H_
#define EXCISE_MATH_STATISTICS_WILCOXON_H_

#include <optional>
#include <span>
#include <string>

#include "core/error.h"

namespace excise {

// What cannot be computed is absent and `reason` says why.
struct Wilcoxon {
  std::optional<double> statistic;  // the smaller of the two rank sums
  std::optional<double> p;          // two-sided, never 0
  std::string reason;
};

// Zeros are dropped. As scipy.stats.wilcoxon by default: exact up to 50 values
// without ties and zeros; with them all sign patterns up to 13 values; else the
// normal approximation without continuity correction. Errors: bad_input when a
// value is NaN or infinite.
Result<Wilcoxon> wilcoxon(std::span<const double> values);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_WILCOXON_H_
