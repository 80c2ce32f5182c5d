// Where a value stands among draws of a null distribution, and what p that
// gives (Davison and Hinkley 1997, section 4.3: the value counts as a draw).
#ifndef EXCISE_MATH_STATISTICS_EMPIRICAL_P_H_
#define EXCISE_MATH_STATISTICS_EMPIRICAL_P_H_

#include <cstddef>
#include <optional>
#include <span>

namespace excise {

// Which draws speak against a value: those at or above it, those at or below
// it, or the fewer of the two, twice.
enum class Tail { kAbove, kBelow, kTwoSided };

// (b + 1) / (R + 1), b of R draws at or beyond the value.
double p_of_count(size_t reached, size_t draws);

// R draws. One-sided (b + 1) / (R + 1), b the draws at or beyond the value;
// two-sided min(1, 2 (b + 1) / (R + 1)), b the smaller of both counts. Where
// value and draws are exchangeable P(p <= a) is a at attainable a and less
// elsewhere (two-sided: with ties less at attainable a too). Absent without a
// draw, or where a number is not finite.
std::optional<double> empirical_p(double value, std::span<const double> draws,
                                  Tail tail);

// % of the draws below the value, ties as half. Absent as the p is.
std::optional<double> percentile(double value, std::span<const double> draws);

// The least p that so many draws can give: 1, or two-sided 2, in draws + 1; at
// most 1.
double smallest_p(size_t draws, Tail tail);

// The fewest draws whose smallest p is below `level`; level in (0, 1].
size_t draws_for_p_below(double level, Tail tail);

// P(p < level) of a value that is one more draw: the largest attainable p below
// `level`, 0 where none is.
double attained_level(size_t draws, double level, Tail tail);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_EMPIRICAL_P_H_
