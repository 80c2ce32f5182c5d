// Whether values are numbers, and the one check that all statistics make of
// theirs.
#ifndef EXCISE_MATH_STATISTICS_FINITE_H_
#define EXCISE_MATH_STATISTICS_FINITE_H_

#include <span>
#include <string_view>

#include "core/error.h"

namespace excise {

// Neither NaN nor infinity among them.
bool all_finite(std::span<const double> values);

// Error bad_input, naming the first index whose value is NaN or infinite.
// where: the statistic that asks.
Status check_finite(std::string_view where, std::span<const double> values);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_FINITE_H_
