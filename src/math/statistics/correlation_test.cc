// Small samples and what they do not allow to be said.
#include "math/statistics/correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace excise {
namespace {

const std::vector<double> kX = {2.5, 0.1, 3.3, 1.7, 2.2, 5.0, 0.4};
const std::vector<double> kY = {1.0, 0.3, 2.0, 2.4, 1.1, 2.2, 0.9};

// Counted with NumPy over itertools.permutations.
TEST(ExactCorrelation, CountsAllPermutations) {
  const struct {
    size_t n;
    double pearson, spearman, all;
  } cases[] = {
      {3, 2, 2, 6}, {4, 11, 18, 24}, {5, 37, 82, 120}, {7, 434, 840, 5040}};
  for (const auto& want : cases) {
    const auto x = std::span(kX).first(want.n);
    const auto y = std::span(kY).first(want.n);
    EXPECT_DOUBLE_EQ(*pearson(x, y, {})->p, want.pearson / want.all) << want.n;
    EXPECT_DOUBLE_EQ(*spearman(x, y, {})->p, want.spearman / want.all)
        << want.n;
  }
}

TEST(ExactCorrelation, TiesCountAsReached) {
  const std::vector<double> x = {1, 2, 2, 3, 4, 4, 4, 5};
  const std::vector<double> y = {2, 1, 2, 5, 4, 4, 6, 6};
  EXPECT_DOUBLE_EQ(*pearson(x, y, {})->p, 648.0 / 40320);
  EXPECT_DOUBLE_EQ(*spearman(x, y, {})->p, 984.0 / 40320);
}

// Only the order itself and its reverse reach a rank correlation of 1.
TEST(ExactCorrelation, PerfectIsNeverZero) {
  double permutations = 2;
  for (size_t n = 3; n <= 12; ++n) {
    permutations *= static_cast<double>(n);
    std::vector<double> x(n);
    for (size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i * i);
    const double least = (n <= kExactCorrelationUpTo ? 2 : 1) / permutations;
    EXPECT_NEAR(*spearman(x, x, {})->p, least, 1e-9 * least) << n;
    EXPECT_GE(*pearson(x, x, {})->p, (1 - 1e-9) / permutations) << n;
  }
  std::vector<double> many(400);
  for (size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  EXPECT_GT(*pearson(many, many, {})->p, 0);
}

TEST(ExactCorrelation, HoldsItsLevelWhereNothingIsRelated) {
  // Of 6 pairs 720 orders: p <= 0.05 is attainable as 36 / 720.
  constexpr size_t kRuns = 2000;
  for (const auto function : {pearson, spearman}) {
    size_t found = 0;
    for (size_t run = 0; run < kRuns; ++run) {
      Random random(31, run);
      std::vector<double> x(6), y(6);
      for (size_t i = 0; i < 6; ++i) {
        x[i] = std::exp(random.normal());  // skew: the t of r does not hold
        y[i] = std::exp(random.normal());
      }
      found += *function(x, y, {.draws = 0})->p <= 0.05 ? 1 : 0;
    }
    const double rate = static_cast<double>(found) / kRuns;
    EXPECT_LE(rate, 0.05 + 3 * std::sqrt(0.05 * 0.95 / kRuns));
    EXPECT_GE(rate, 0.02);
  }
}

TEST(CorrelationInterval, IsAbsentWhereResamplesRepeatPoints) {
  for (const size_t n : {3, 4, 5}) {
    for (const auto function : {pearson, spearman}) {
      const auto result =
          function(std::span(kX).first(n), std::span(kY).first(n), {});
      EXPECT_TRUE(result->r && result->p);
      EXPECT_FALSE(result->interval) << n;
      EXPECT_NE(result->interval_reason.find("too few points"),
                std::string::npos);
    }
  }
  const auto enough = pearson(kX, kY, {});
  EXPECT_TRUE(enough->interval);
  EXPECT_EQ(enough->interval_reason, "");
}

// Many pairs, but only two points.
TEST(CorrelationInterval, IsAbsentForRepeatedPairs) {
  std::vector<double> x(20), y(20);
  for (size_t i = 0; i < x.size(); ++i) x[i] = y[i] = i < 10 ? 1 : 2;
  EXPECT_FALSE(pearson(x, y, {})->interval);
}

TEST(CorrelationInterval, IsAbsentWhereNothingVaries) {
  std::vector<double> x(12);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
  const auto result = spearman(x, x, {});
  EXPECT_FALSE(result->interval);
  EXPECT_EQ(result->interval_reason, "every resample has the same r");
}

TEST(CorrelationInterval, WithoutDrawsSaysSo) {
  EXPECT_EQ(pearson(kX, kY, {.draws = 0})->interval_reason,
            "no bootstrap was asked for");
}

}  // namespace
}  // namespace excise
