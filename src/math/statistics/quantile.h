// Quantiles and the median, linear between order statistics.
#ifndef EXCISE_MATH_STATISTICS_QUANTILE_H_
#define EXCISE_MATH_STATISTICS_QUANTILE_H_

#include <span>
#include <vector>

namespace excise {

// sorted: ascending, not empty; q: 0 to 1.
double quantile_of_sorted(std::span<const double> sorted, double q);

// The middle value; of an even number the mean of both. values: not empty.
double median(std::vector<double> values);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_QUANTILE_H_
