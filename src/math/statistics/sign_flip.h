// Sign-flip permutation test of a mean against 0: no normality, only symmetry.
#ifndef EXCISE_MATH_STATISTICS_SIGN_FLIP_H_
#define EXCISE_MATH_STATISTICS_SIGN_FLIP_H_

#include <cstddef>
#include <optional>
#include <span>

#include "core/error.h"
#include "core/random.h"

namespace excise {

// Up to this many values all 2^n signs are tried, so the p is exact.
inline constexpr size_t kSignFlipExactUpTo = 12;

// Two-sided p of the mean: (b + 1) / (draws + 1), b of the drawn sign patterns
// reaching the magnitude of the observed sum; exact for few values. Absent for
// no values, and for no draws where it would not be exact. Errors: bad_input
// when a value is NaN or infinite.
Result<std::optional<double>> sign_flip_p(std::span<const double> values,
                                          size_t draws, Random& random);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_SIGN_FLIP_H_
