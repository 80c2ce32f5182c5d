#include "math/ops/logit_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/random.h"

namespace excise {
namespace {

struct Logits {
  std::vector<float> log_p, p, delta;
};

Logits random_logits(size_t n, double spread, double change, uint64_t seed) {
  Random random(seed);
  Logits logits{std::vector<float>(n), std::vector<float>(n),
                std::vector<float>(n)};
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    logits.log_p[i] = static_cast<float>(spread * random.normal());
    logits.delta[i] = static_cast<float>(change * random.normal());
    sum += std::exp(double{logits.log_p[i]});
  }
  for (float& value : logits.log_p) value -= static_cast<float>(std::log(sum));
  exp_of(logits.log_p, logits.p);
  return logits;
}

// In blocks of `block` tokens.
LogitComparison compared(const Logits& logits, size_t block) {
  LogitComparison sums;
  for (size_t first = 0; first < logits.p.size(); first += block) {
    const size_t count = std::min(block, logits.p.size() - first);
    const auto part = [&](const std::vector<float>& v) {
      return std::span<const float>(v).subspan(first, count);
    };
    add_logits(part(logits.log_p), part(logits.p), part(logits.delta), first,
               sums);
  }
  return sums;
}

TEST(LogitComparisonTest, AgreesWithDoublePrecision) {
  for (const double change : {1e-3, 1.0, 30.0}) {
    const Logits logits = random_logits(1003, 3, change, 1);
    double sum = 0;
    double expected_delta = 0;
    for (size_t i = 0; i < logits.p.size(); ++i) {
      sum += std::exp(double{logits.log_p[i]} + double{logits.delta[i]});
      expected_delta +=
          std::exp(double{logits.log_p[i]}) * double{logits.delta[i]};
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
  EXPECT_NEAR(sums.log_sum_change(), 200.0 + logits.log_p[40], 1e-4);
  EXPECT_EQ(sums.best_token, 40U);
}

TEST(LogitComparisonTest, NoChangeIsExactlyNothing) {
  const Logits logits = random_logits(777, 4, 0, 3);
  const LogitComparison sums = compared(logits, 100);
  EXPECT_EQ(sums.excess, 0.0);
  EXPECT_EQ(sums.kl(), 0.0);
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
