// One test of many series against draws of the same null (Westfall and Young
// 1993): the largest deviation over series, of the real run and of each draw.
#ifndef EXCISE_MATH_STATISTICS_MAX_STATISTIC_H_
#define EXCISE_MATH_STATISTICS_MAX_STATISTIC_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"

namespace excise {

// One layer: the real value and those of R draws, draw r of one run at every
// layer.
struct RealAndDraws {
  double real = 0;
  std::vector<double> draws;  // [R]
};

// z = (value - mean) / sd over the R + 1 values of a layer, the real one among
// them, so that no layer's scale matters and real and draws are exchangeable.
// A layer whose values are all equal, or one of them not finite, has no z and
// takes no part.
struct MaxStatistic {
  size_t draws = 0;
  // (b + 1) / (R + 1), b the draws whose largest |z| over layers is at least
  // that of the real run. Absent, with the reason, where no layer takes part.
  std::optional<double> p;
  std::vector<std::optional<double>> z;        // [layers] of the real value
  std::vector<std::optional<double>> layer_p;  // |z| against the same largest
  std::string reason;
};

// Error bad_input when layers have different numbers of draws.
Result<MaxStatistic> max_statistic(std::span<const RealAndDraws> layers);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_MAX_STATISTIC_H_
