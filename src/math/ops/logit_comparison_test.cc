#include "math/ops/logit_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/random.h"

namespace excise {
namespace {

// Clean logits with their exponentials, and a change. As probabilities: shift
// is the log of the sum of all exponentials.
struct Logits {
  std::vector<float> clean, e, delta;
  float shift = 0;
};

Logits random_logits(size_t n, double spread, double change, uint64_t seed) {
  Random random(seed);
  Logits logits{std::vector<float>(n), std::vector<float>(n),
                std::vector<float>(n)};
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    logits.clean[i] = static_cast<float>(5 + spread * random.normal());
    logits.delta[i] = static_cast<float>(change * random.normal());
    sum += std::exp(double{logits.clean[i]});
  }
  logits.shift = static_cast<float>(std::log(sum));
  exp_of(logits.clean, logits.shift, logits.e);
  return logits;
}

// In blocks of `block` tokens.
LogitComparison compared(const Logits& logits, size_t block) {
  LogitComparison sums;
  for (size_t first = 0; first < logits.e.size(); first += block) {
    const size_t count = std::min(block, logits.e.size() - first);
    const auto part = [&](const std::vector<float>& v) {
      return std::span<const float>(v).subspan(first, count);
    };
    add_logits(part(logits.clean), logits.shift, part(logits.e),
               part(logits.delta), first, sums);
  }
  return sums;
}

TEST(LogitComparisonTest, AgreesWithDoublePrecision) {
  for (const double change : {1e-3, 1.0, 30.0}) {
    const Logits logits = random_logits(1003, 3, change, 1);
    double sum = 0;
    double expected_delta = 0;
    for (size_t i = 0; i < logits.e.size(); ++i) {
      const double log_p = double{logits.clean[i]} - double{logits.shift};
      sum += std::exp(log_p + double{logits.delta[i]});
      expected_delta += std::exp(log_p) * double{logits.delta[i]};
    }
    for (const size_t block : {1, 100, 2000}) {
      const LogitComparison sums = compared(logits, block);
      EXPECT_NEAR(sums.log_sum_change(), std::log(sum),
                  2e-6 * std::max(1.0, std::log(sum)));
      EXPECT_NEAR(sums.kl(), std::log(sum) - expected_delta,
                  1e-5 * std::max(1.0, change));
    }
  }
}

TEST(LogitComparisonTest, HugeChangesDoNotOverflow) {
  Logits logits = random_logits(64, 1, 0, 2);
  logits.delta[40] = 200;
  const LogitComparison sums = compared(logits, 64);
  EXPECT_NEAR(sums.log_sum_change(), 200.0 + logits.clean[40] - logits.shift,
              1e-4);
  EXPECT_EQ(sums.best_token, 40U);
}

// Of a change that all logits share nothing is to be seen but in the sum.
TEST(LogitComparisonTest, LogitsThatFallTogether) {
  for (const float fall : {5.0F, 10.0F, 15.0F, 20.0F, 50.0F, 100.0F, 300.0F}) {
    Logits logits = random_logits(1003, 3, 0.1, 7);
    double sum = 0;
    double expected_delta = 0;
    for (size_t i = 0; i < logits.e.size(); ++i) {
      logits.delta[i] -= fall;
      const double log_p = double{logits.clean[i]} - double{logits.shift};
      sum += std::exp(log_p + double{logits.delta[i]});
      expected_delta += std::exp(log_p) * double{logits.delta[i]};
    }
    for (const size_t block : {1, 100, 2000}) {
      const LogitComparison sums = compared(logits, block);
      EXPECT_NEAR(sums.log_sum_change(), std::log(sum), 1e-6 * fall);
      EXPECT_NEAR(sums.kl(), std::log(sum) - expected_delta, 2e-6 * fall);
    }
  }
}

// All of the probability was one token's, and it falls.
TEST(LogitComparisonTest, TheOnlyLikelyTokenFalls) {
  Logits logits = random_logits(300, 1, 0, 8);
  logits.clean[77] = 30;
  logits.delta[77] = -60;
  double before = 0, after = 0;
  for (size_t i = 0; i < logits.e.size(); ++i) {
    before += std::exp(double{logits.clean[i]});
    after += std::exp(double{logits.clean[i]} + double{logits.delta[i]});
  }
  logits.shift = 30;
  exp_of(logits.clean, logits.shift, logits.e);
  LogitComparison sums = compared(logits, 64);
  sums.scale(std::exp(30.0) / before);
  EXPECT_NEAR(sums.log_sum_change(), std::log(after / before), 1e-5);
}

TEST(LogitComparisonTest, NaNIsSeen) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    for (const size_t token : {5, 63, 64}) {  // in a vector and in the tail
      Logits logits = random_logits(65, 1, 0.1, 9);
      logits.delta[token] = bad;
      EXPECT_FALSE(std::isfinite(compared(logits, 65).kl()));
    }
  }
  const std::vector<float> logits(9, NAN);
  std::vector<float> e(9);
  exp_of(logits, 0, e);
  for (const float value : e) EXPECT_TRUE(std::isnan(value));
}

TEST(LogitComparisonTest, NoChangeIsExactlyNothing) {
  const Logits logits = random_logits(777, 4, 0, 3);
  const LogitComparison sums = compared(logits, 100);
  EXPECT_EQ(sums.excess, 0.0);
  EXPECT_EQ(sums.kl(), 0.0);
}

TEST(LogitComparisonTest, AnotherShiftGivesTheSame) {
  Logits logits = random_logits(500, 3, 1, 5);
  const LogitComparison expected = compared(logits, 500);
  const float nearer = logits.shift - 2;
  LogitComparison sums;
  const std::span<const float> clean = logits.clean, delta = logits.delta;
  add_logits(clean.first(200), logits.shift,
             std::span<const float>(logits.e).first(200), delta.first(200), 0,
             sums);
  sums.scale(std::exp(double{logits.shift} - double{nearer}));
  exp_of(logits.clean, nearer, logits.e);
  add_logits(clean.subspan(200), nearer,
             std::span<const float>(logits.e).subspan(200), delta.subspan(200),
             200, sums);
  sums.scale(std::exp(double{nearer} - double{logits.shift}));
  EXPECT_NEAR(sums.log_sum_change(), expected.log_sum_change(), 1e-6);
  EXPECT_NEAR(sums.kl(), expected.kl(), 1e-6);
  EXPECT_EQ(sums.best_token, expected.best_token);
}

TEST(LogitComparisonTest, TheFirstOfEqualTokensIsBest) {
  Logits logits = random_logits(300, 0, 0, 4);
  for (const size_t block : {7, 64, 300})
    EXPECT_EQ(compared(logits, block).best_token, 0U);
  logits.delta[123] = 1;
  logits.delta[222] = 1;
  for (const size_t block : {7, 64, 300})
    EXPECT_EQ(compared(logits, block).best_token, 123U);
}

}  // namespace
}  // namespace excise
