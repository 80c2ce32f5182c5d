// Ranks with ties at their mean.
#ifndef EXCISE_MATH_STATISTICS_RANKS_H_
#define EXCISE_MATH_STATISTICS_RANKS_H_

#include <span>
#include <vector>

namespace excise {

// The rank of each value, from 1; equal values share the mean of theirs.
std::vector<double> mean_ranks(std::span<const double> values);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_RANKS_H_
