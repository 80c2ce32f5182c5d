// McNemar's exact test: whether a change turns as many one way as the other.
#ifndef EXCISE_MATH_STATISTICS_MCNEMAR_H_
#define EXCISE_MATH_STATISTICS_MCNEMAR_H_

#include <cstddef>
#include <optional>

namespace excise {

// Two-sided p of `lost` and `gained` flips, each way as likely:
// min(1, 2 P(X <= min(lost, gained))), X binomial of all flips and 1/2
// (McNemar 1947; the exact form). Absent without a flip.
std::optional<double> mcnemar_p(size_t lost, size_t gained);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_MCNEMAR_H_
