// No p is 0: a tail beyond double precision has the least normal number, about
// 2.2e-308, in its place.
#ifndef EXCISE_MATH_STATISTICS_LEAST_P_H_
#define EXCISE_MATH_STATISTICS_LEAST_P_H_

#include <algorithm>
#include <limits>

namespace excise {

inline constexpr double kLeastP = std::numeric_limits<double>::min();

// p, or kLeastP where that is larger.
inline double not_zero(double p) { return std::max(p, kLeastP); }

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_LEAST_P_H_
