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

// Sums for one position. With log p the clean log-probabilities and delta the
// change of the logits:
//   log q = log p + delta - log(sum p exp(delta)).
struct LogitComparison {
  double excess = 0;          // sum of p (exp(delta) - 1)
  double expected_delta = 0;  // sum of p delta
  float best =
      -std::numeric_limits<float>::infinity();  // largest log p + delta so far
  size_t best_token = 0;

  // log(sum exp(edited logits)) - log(sum exp(clean logits)), exact for small
  // changes too.
  double log_sum_change() const { return std::log1p(excess); }
  double kl() const {
    return log_sum_change() - expected_delta;
  }  // KL(p || q), nats
};

// Adds tokens first_token .. first_token + log_p.size() - 1. p = exp(log_p).
// All of one size.
void add_logits(std::span<const float> log_p, std::span<const float> p,
                std::span<const float> delta, size_t first_token,
                LogitComparison& sums);

// p = exp(log_p) with the same rounding as inside add_logits, so that delta = 0
// changes nothing.
void exp_of(std::span<const float> log_p, std::span<float> p);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_LOGIT_COMPARISON_H_
