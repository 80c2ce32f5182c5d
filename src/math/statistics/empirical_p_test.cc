// Empirical p, and what chance alone gives.
#include "math/statistics/empirical_p.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "math/statistics/chance_hits.h"
#include "math/statistics/quantile.h"

namespace excise {
namespace {

constexpr Tail kTails[] = {Tail::kAbove, Tail::kBelow, Tail::kTwoSided};

std::vector<double> counting(size_t n) {
  std::vector<double> values(n);
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(EmpiricalP, CountsTheValueAsADraw) {
  const std::vector<double> draws = counting(9);
  EXPECT_DOUBLE_EQ(*empirical_p(9.5, draws, Tail::kAbove), 0.1);
  EXPECT_DOUBLE_EQ(*empirical_p(9.5, draws, Tail::kBelow), 1);
  EXPECT_DOUBLE_EQ(*empirical_p(9.5, draws, Tail::kTwoSided), 0.2);
  EXPECT_DOUBLE_EQ(*empirical_p(0.5, draws, Tail::kTwoSided), 0.2);
  EXPECT_DOUBLE_EQ(*empirical_p(2.5, draws, Tail::kTwoSided), 0.6);
  EXPECT_DOUBLE_EQ(*empirical_p(5.5, draws, Tail::kTwoSided), 1);
}

TEST(EmpiricalP, TiesAreReached) {
  const std::vector<double> draws = {1, 2, 2, 2, 3};
  EXPECT_DOUBLE_EQ(*empirical_p(2, draws, Tail::kAbove), 5.0 / 6);
  EXPECT_DOUBLE_EQ(*empirical_p(2, draws, Tail::kTwoSided), 1);
  EXPECT_DOUBLE_EQ(*empirical_p(3, draws, Tail::kTwoSided), 4.0 / 6);
  const std::vector<double> equal(40, 7.0);
  for (const Tail tail : kTails) EXPECT_EQ(*empirical_p(7, equal, tail), 1);
}

TEST(EmpiricalP, IsAbsentWithoutDrawsOrNumbers) {
  for (const Tail tail : kTails) {
    EXPECT_FALSE(empirical_p(1, {}, tail));
    EXPECT_FALSE(empirical_p(NAN, counting(3), tail));
    EXPECT_FALSE(empirical_p(1, std::vector<double>{1, HUGE_VAL}, tail));
  }
  EXPECT_FALSE(percentile(1, {}));
  EXPECT_FALSE(percentile(1, std::vector<double>{1, NAN}));
}

TEST(EmpiricalP, PercentileCountsTiesAsHalf) {
  const std::vector<double> draws = {1, 2, 2, 3};
  EXPECT_EQ(*percentile(0, draws), 0);
  EXPECT_EQ(*percentile(2, draws), 50);
  EXPECT_EQ(*percentile(2.5, draws), 75);
  EXPECT_EQ(*percentile(4, draws), 100);
}

// Over every place that the value can take among R draws, each as likely as the
// others, P(p <= a) is a at each attainable a.
TEST(EmpiricalP, IsExactAtWhatIsAttainable) {
  for (const size_t repeats : {1, 2, 19, 20, 39, 40, 41}) {
    const std::vector<double> draws = counting(repeats);
    for (const Tail tail : kTails) {
      std::vector<double> p;
      for (size_t place = 0; place <= repeats; ++place)
        p.push_back(
            *empirical_p(static_cast<double>(place) + 0.5, draws, tail));
      for (const double level : p) {
        const auto reached = static_cast<double>(
            std::ranges::count_if(p, [&](double one) { return one <= level; }));
        EXPECT_NEAR(reached / static_cast<double>(p.size()), level, 1e-12);
      }
      EXPECT_DOUBLE_EQ(std::ranges::min(p), smallest_p(repeats, tail));
    }
  }
}

TEST(EmpiricalP, NamesTheDrawsThatALevelNeeds) {
  EXPECT_EQ(draws_for_p_below(0.05, Tail::kTwoSided), 40);
  EXPECT_EQ(draws_for_p_below(0.05, Tail::kAbove), 20);
  EXPECT_EQ(draws_for_p_below(0.05 / 12, Tail::kTwoSided), 480);
  for (const Tail tail : kTails) {
    for (const double level : {0.2, 0.05, 0.01, 0.05 / 30}) {
      const size_t draws = draws_for_p_below(level, tail);
      EXPECT_LT(smallest_p(draws, tail), level);
      EXPECT_GE(smallest_p(draws - 1, tail), level);
    }
  }
}

TEST(EmpiricalP, KnowsTheLevelThatIsAttained) {
  EXPECT_EQ(attained_level(39, 0.05, Tail::kTwoSided), 0);
  EXPECT_DOUBLE_EQ(attained_level(40, 0.05, Tail::kTwoSided), 2.0 / 41);
  EXPECT_DOUBLE_EQ(attained_level(60, 0.05, Tail::kTwoSided), 2.0 / 61);
  EXPECT_DOUBLE_EQ(attained_level(199, 0.05, Tail::kTwoSided), 8.0 / 200);
  EXPECT_DOUBLE_EQ(attained_level(40, 0.05, Tail::kAbove), 2.0 / 41);
}

TEST(EmpiricalP, HoldsItsLevelInDraws) {
  constexpr size_t kRuns = 4000;
  for (const Tail tail : kTails) {
    size_t found = 0;
    for (size_t run = 0; run < kRuns; ++run) {
      Random random(9, run);
      std::vector<double> draws(40);
      for (double& draw : draws) draw = std::exp(random.normal());
      found += *empirical_p(std::exp(random.normal()), draws, tail) < 0.05;
    }
    const double level = attained_level(40, 0.05, tail);
    EXPECT_NEAR(static_cast<double>(found) / kRuns, level,
                3 * std::sqrt(level * (1 - level) / kRuns));
  }
}

TEST(ChanceHits, OfTwelveLayersAtFivePercent) {
  const ChanceHits hits = chance_hits(12, 0.05);
  EXPECT_NEAR(hits.expected, 0.6, 1e-12);
  EXPECT_NEAR(hits.at_least_one, 0.4596399, 1e-7);  // 1 - 0.95^12
  EXPECT_EQ(chance_hits(0, 0.05).at_least_one, 0);
  EXPECT_EQ(chance_hits(12, 0).expected, 0);
  EXPECT_NEAR(chance_hits(1, 0.05).at_least_one, 0.05, 1e-15);
  EXPECT_EQ(chance_hits(3, 1).at_least_one, 1);
}

TEST(Median, OfAnEvenNumberIsBetweenBoth) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(quantile_of_sorted(std::vector<double>{0, 10}, 0.25), 2.5);
}

}  // namespace
}  // namespace excise
