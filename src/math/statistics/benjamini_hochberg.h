// False discovery rates over many tests (Benjamini and Hochberg 1995).
#ifndef EXCISE_MATH_STATISTICS_BENJAMINI_HOCHBERG_H_
#define EXCISE_MATH_STATISTICS_BENJAMINI_HOCHBERG_H_

#include <optional>
#include <span>
#include <vector>

#include "core/error.h"

namespace excise {

// q-values: min over p_j >= p_i of m p_j / rank_j. An absent p takes no part in
// m and has no q. Errors: bad_input when a p is not within 0 to 1.
Result<std::vector<std::optional<double>>> benjamini_hochberg(
    std::span<const std::optional<double>> p);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_BENJAMINI_HOCHBERG_H_
