// What a change of logits does to a distribution, summed over blocks of the
// vocabulary so that logits are never stored whole. Vectorised; tested against
// double precision.
#ifndef EXCISE_MATH_OPS_LOGIT_COMPARISON_H_
#define EXCISE_MATH_OPS_LOGIT_COMPARISON_H_

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace excise {

// Sums for one position, over e = exp(logit - shift) of the clean logits. shift
// is any number near the largest logit so far; divided by the sum of all e they
// are those of probabilities.
struct LogitComparison {
  double excess = 0;          // sum of e (exp(delta) - 1)
  double raised = 0;          // sum of e exp(delta)
  double expected_delta = 0;  // sum of e delta
  float best =
      -std::numeric_limits<float>::infinity();  // largest logit + delta so far
  size_t best_token = 0;

  // To another shift: factor = exp(old shift - new shift). To probabilities:
  // factor = 1 / sum of all e.
  void scale(double factor) {
    excess *= factor;
    raised *= factor;
    expected_delta *= factor;
  }
  // log(sum exp(edited logits)) - log(sum exp(clean logits)). Of probabilities,
  // like kl(). The excess is exact for small changes, but where most of the sum
  // is lost, as when all logits fall, only what is left of it has digits.
  double log_sum_change() const {
    return excess > -0.5 ? std::log1p(excess) : std::log(raised);
  }
  double kl() const {
    return log_sum_change() - expected_delta;
  }  // KL(clean || edited), nats
};

// Adds tokens first_token .. first_token + logits.size() - 1. logits: of the
// clean run; e = exp_of(logits, shift); delta: their change. All of one size.
void add_logits(std::span<const float> logits, float shift,
                std::span<const float> e, std::span<const float> delta,
                size_t first_token, LogitComparison& sums);

// e = exp(logits - shift) with the same rounding as inside add_logits, so that
// delta = 0 changes nothing.
void exp_of(std::span<const float> logits, float shift, std::span<float> e);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_LOGIT_COMPARISON_H_
