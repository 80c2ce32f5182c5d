// Fieller's interval: values of another program, its edges, and that it covers.
#include "math/statistics/ratio_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"
#include "math/statistics/one_sample_t.h"

namespace excise {
namespace {

const std::vector<double> kAbove = {0.9, 1.4, 0.2, 1.1, 0.7, 1.6};
const std::vector<double> kBelow = {2.1, 2.6, 1.2, 2.2, 1.3, 3.5};

// SciPy: brentq of |ttest_1samp(above - r below, 0).statistic| - t.ppf(0.975).
TEST(RatioOfMeans, HasTheLimitsAtWhichTheTTestTurns) {
  const RatioOfMeans ratio = ratio_of_means(kAbove, kBelow).value();
  EXPECT_NEAR(*ratio.ratio, 0.45736434108527124, 1e-14);
  EXPECT_NEAR(ratio.interval->low, 0.33107011778362555, 1e-12);
  EXPECT_NEAR(ratio.interval->high, 0.544038468954763, 1e-12);
}

TEST(RatioOfMeans, TurnsWithTheSigns) {
  std::vector<double> negative = kBelow;
  for (double& value : negative) value = -value;
  const RatioOfMeans ratio = ratio_of_means(kAbove, negative).value();
  EXPECT_NEAR(ratio.interval->low, -0.544038468954763, 1e-12);
  EXPECT_NEAR(ratio.interval->high, -0.33107011778362555, 1e-12);
}

TEST(RatioOfMeans, DoesNotDependOnUnits) {
  for (const double unit : {1e-200, 1e200}) {
    auto above = kAbove;
    auto below = kBelow;
    for (double& value : above) value *= unit;
    for (double& value : below) value *= unit;
    EXPECT_NEAR(ratio_of_means(above, below)->interval->low,
                0.33107011778362555, 1e-12);
  }
}

// Bounded exactly where the 95 % interval below the line excludes 0.
TEST(RatioOfMeans, HasNoIntervalWhereTheDenominatorMayBeZero) {
  for (const double shift : {-2.5, -2.0, -1.6, -1.3, -1.1, 0.0, 1.0}) {
    auto below = kBelow;
    for (double& value : below) value += shift;
    const OneSampleT test = one_sample_t(below).value();
    const RatioOfMeans ratio = ratio_of_means(kAbove, below).value();
    EXPECT_EQ(ratio.interval.has_value(), *test.ci_low > 0 || *test.ci_high < 0)
        << shift;
    EXPECT_EQ(ratio.reason.empty(), ratio.interval.has_value());
  }
}

TEST(RatioOfMeans, EdgesHaveReasons) {
  const std::vector<double> ones(5, 1.0);
  const std::vector<double> zeros(5, 0.0);
  EXPECT_EQ(ratio_of_means({}, {})->reason, "fewer than two pairs");
  EXPECT_EQ(ratio_of_means(ones, zeros)->reason,
            "the mean below the line is not told from 0");
  const RatioOfMeans equal = ratio_of_means(ones, ones).value();
  EXPECT_EQ(*equal.ratio, 1);
  EXPECT_FALSE(equal.interval);
  EXPECT_EQ(equal.reason, "zero variance (max == min)");
  EXPECT_EQ(*ratio_of_means(zeros, std::span(kBelow).first(5))->ratio, 0);
}

TEST(RatioOfMeans, RefusesWhatIsNoPair) {
  EXPECT_EQ(ratio_of_means(kAbove, std::span(kBelow).first(3)).error().code,
            ErrorCode::kBadInput);
  const std::vector<double> bad = {1, NAN};
  const std::vector<double> good = {1, 2};
  EXPECT_EQ(ratio_of_means(bad, good).error().code, ErrorCode::kBadInput);
  EXPECT_EQ(ratio_of_means(good, bad).error().code, ErrorCode::kBadInput);
}

TEST(RatioOfMeans, Covers) {
  constexpr size_t kRuns = 4000;
  size_t covered = 0;
  size_t bounded = 0;
  for (size_t run = 0; run < kRuns; ++run) {
    Random random(23, run);
    std::vector<double> above(20), below(20);
    for (size_t i = 0; i < below.size(); ++i) {
      const double shared = random.normal();
      below[i] = 2 + shared;
      above[i] = 0.6 + 0.5 * shared + 0.7 * random.normal();
    }
    const auto interval = ratio_of_means(above, below)->interval;
    if (!interval) continue;
    ++bounded;
    covered += interval->low <= 0.3 && 0.3 <= interval->high ? 1 : 0;
  }
  EXPECT_EQ(bounded, kRuns);
  EXPECT_NEAR(static_cast<double>(covered) / kRuns, 0.95, 0.0105);
}

}  // namespace
}  // namespace excise
