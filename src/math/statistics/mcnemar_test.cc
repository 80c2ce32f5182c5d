#include "math/statistics/mcnemar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace excise {
namespace {

// Sums of binomial coefficients, counted out.
double counted(size_t lost, size_t gained) {
  const size_t n = lost + gained;
  double coefficient = 1, sum = 0;
  for (size_t k = 0; k <= std::min(lost, gained); ++k) {
    sum += coefficient;
    coefficient =
        coefficient * static_cast<double>(n - k) / static_cast<double>(k + 1);
  }
  return std::min(1.0, 2 * sum * std::pow(0.5, static_cast<double>(n)));
}

TEST(McNemar, IsTheSumOfBinomialCoefficients) {
  for (size_t lost = 0; lost <= 40; ++lost) {
    for (size_t gained = 0; gained <= 40; ++gained) {
      const auto p = mcnemar_p(lost, gained);
      ASSERT_EQ(p.has_value(), lost + gained > 0);
      if (!p) continue;
      ASSERT_NEAR(*p, counted(lost, gained), 1e-12 * *p);
    }
  }
}

// By hand: 2 / 2^8; 2 (1 + 10) / 2^10; as many both ways.
TEST(McNemar, KnownValues) {
  EXPECT_DOUBLE_EQ(*mcnemar_p(8, 0), 1.0 / 128);
  EXPECT_DOUBLE_EQ(*mcnemar_p(1, 9), 22.0 / 1024);
  EXPECT_EQ(*mcnemar_p(5, 5), 1.0);
  EXPECT_EQ(*mcnemar_p(1, 0), 1.0);
}

TEST(McNemar, IsNeverZero) { EXPECT_GT(*mcnemar_p(100'000, 0), 0.0); }

}  // namespace
}  // namespace excise
