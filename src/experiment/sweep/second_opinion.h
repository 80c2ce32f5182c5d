// What stands beside the t of one text: tokens may depend on each other, and
// their effects have heavy tails (docs/method.md, section 4).
#ifndef EXCISE_EXPERIMENT_SWEEP_SECOND_OPINION_H_
#define EXCISE_EXPERIMENT_SWEEP_SECOND_OPINION_H_

#include <cstddef>
#include <optional>
#include <span>

#include "core/error.h"
#include "experiment/common/mean_test.h"
#include "math/statistics/equally_weighted_cosines.h"

namespace excise {

struct SecondOpinion : EquallyWeightedCosines {
  std::optional<double> q;  // Benjamini-Hochberg over the tests that t's q is
};

// Of the effects in their order. One that is not finite: no test, and the
// reason.
Result<SecondOpinion> second_opinion_of(std::span<const double> effects);

// Sets q of those that have a p.
Status adjust_second_opinions(std::span<SecondOpinion* const> tests);

// Whether the star of a t with q below kSignificance is a full one: the second
// opinion has one too. One without a test does not.
bool confirmed(const std::optional<SecondOpinion>& second);

// The token that has the largest part of the sum of effects.
struct LargestToken {
  size_t position = 0;
  // max over t of d_t / sum d. Above 1 where the others together go the other
  // way.
  double share = 0;
};

// A share above which an effect hangs on one token. More than half is beyond
// what t finds: with a share s of the sum t is at most about 1 / s.
inline constexpr double kMuchOfTheSum = 0.25;

// d: [tokens]; tested: the positions that count. Absent where their sum is 0
// but for rounding, or one is not finite.
std::optional<LargestToken> largest_token(std::span<const double> d,
                                          std::span<const size_t> tested);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SECOND_OPINION_H_
