// What is drawn at random: sign flips and bootstraps.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "math/statistics/bootstrap.h"
#include "math/statistics/correlation.h"
#include "math/statistics/one_sample_t.h"
#include "math/statistics/over_texts.h"
#include "math/statistics/sign_flip.h"

namespace excise {
namespace {

std::vector<double> normal_values(size_t n, double mean, uint64_t seed) {
  Random random(seed);
  std::vector<double> values(n);
  for (double& value : values) value = mean + random.normal();
  return values;
}

double sign_flip(const std::vector<double>& values, size_t draws,
                 uint64_t seed = 0) {
  Random random(seed);
  return sign_flip_p(values, draws, random).value().value();
}

TEST(SignFlip, AgreesWithTheTTestOfNormalValues) {
  for (const size_t n : {13, 64, 65, 200}) {
    const auto values = normal_values(n, 1.5 / std::sqrt(n), n);
    EXPECT_NEAR(sign_flip(values, 20000), *one_sample_t(values)->p, 0.02) << n;
  }
}

TEST(SignFlip, DrawsApproachTheExactP) {
  auto values = normal_values(kSignFlipExactUpTo, 0.4, 3);
  const double exact = sign_flip(values, 0);
  values.push_back(0);  // drawn from here on, with the same sums
  EXPECT_NEAR(sign_flip(values, 50000), exact, 0.01);
}

TEST(SignFlip, IsSeeded) {
  const auto values = normal_values(100, 0.1, 5);
  EXPECT_EQ(sign_flip(values, 1000, 1), sign_flip(values, 1000, 1));
  EXPECT_NE(sign_flip(values, 1000, 1), sign_flip(values, 1000, 2));
}

TEST(SignFlip, IsNeverZeroWhenDrawn) {
  EXPECT_EQ(sign_flip(std::vector<double>(200, 1.0), 99), 0.01);
}

TEST(SignFlip, OfZerosIsOne) {
  EXPECT_EQ(sign_flip(std::vector<double>(5), 10), 1);
  EXPECT_EQ(sign_flip(std::vector<double>(50), 10), 1);
}

TEST(SignFlip, IsAbsentWithoutValuesOrDraws) {
  Random random(0);
  EXPECT_FALSE(sign_flip_p({}, 100, random).value());
  EXPECT_FALSE(sign_flip_p(std::vector<double>(13, 1.0), 0, random).value());
}

TEST(SignFlip, NonFiniteValueIsAnError) {
  Random random(0);
  const std::vector<double> values = {1, HUGE_VAL};
  EXPECT_EQ(sign_flip_p(values, 100, random).error().code,
            ErrorCode::kBadInput);
}

TEST(BootstrapInterval, CoversTheMeanAsTheTTestDoes) {
  const auto values = normal_values(100, 2, 9);
  const auto interval = bootstrap_interval(values.size(),
                                           [&](std::span<const size_t> sample) {
                                             double sum = 0;
                                             for (const size_t i : sample)
                                               sum += values[i];
                                             return sum / 100;
                                           },
                                           {.draws = 5000});
  ASSERT_TRUE(interval);
  const OneSampleT test = one_sample_t(values).value();
  EXPECT_NEAR(interval->low, *test.ci_low, 0.03);
  EXPECT_NEAR(interval->high, *test.ci_high, 0.03);
}

TEST(BootstrapInterval, TakesPercentiles) {
  size_t draw = 0;
  const auto count = [&](std::span<const size_t>) {
    return static_cast<double>(draw++);
  };
  const auto interval = bootstrap_interval(1, count, {.draws = 101});
  EXPECT_DOUBLE_EQ(interval->low, 2.5);
  EXPECT_DOUBLE_EQ(interval->high, 97.5);
}

TEST(BootstrapInterval, IsAbsentWhenNothingCanBeDrawn) {
  const auto one = [](std::span<const size_t>) { return 1.0; };
  const auto none = [](std::span<const size_t>) { return std::nullopt; };
  EXPECT_FALSE(bootstrap_interval(0, one, {}));
  EXPECT_FALSE(bootstrap_interval(5, one, {.draws = 0}));
  EXPECT_FALSE(bootstrap_interval(5, none, {}));
}

TEST(CorrelationInterval, IsAroundR) {
  const auto x = normal_values(48, 0, 1);
  auto y = normal_values(48, 0, 2);
  for (size_t i = 0; i < y.size(); ++i) y[i] += x[i];
  for (const auto function : {pearson, spearman}) {
    const Correlation result = function(x, y, {.seed = 4}).value();
    ASSERT_TRUE(result.r && result.interval);
    EXPECT_LT(result.interval->low, *result.r);
    EXPECT_GT(result.interval->high, *result.r);
    EXPECT_GT(result.interval->low, -1);
    EXPECT_LE(result.interval->high, 1);
    const Correlation again = function(x, y, {.seed = 4}).value();
    EXPECT_EQ(again.interval->low, result.interval->low);
  }
}

TEST(CorrelationInterval, DifferentLengthsAreAnError) {
  const std::vector<double> x = {1, 2, 3};
  EXPECT_EQ(pearson(x, std::span(x).first(2), {}).error().code,
            ErrorCode::kBadInput);
}

TEST(Texts, TextsCountOnceHoweverLong) {
  const std::vector<std::vector<double>> texts = {
      std::vector<double>(1000, 1.0), {2, 4}, {}, {2}};
  const TextsTest test = test_texts(texts, {}).value();
  EXPECT_EQ(test.over_texts.n, 3);
  EXPECT_DOUBLE_EQ(*test.over_texts.mean, 2);
  EXPECT_DOUBLE_EQ(*test.over_texts.sd, 1);
  ASSERT_TRUE(test.interval);
  EXPECT_GE(test.interval->low, 1);
  EXPECT_LT(test.interval->low, 2);
  EXPECT_GT(test.interval->high, 2);
  EXPECT_LE(test.interval->high, 3);
}

TEST(Texts, OneTextHasNoTest) {
  const std::vector<std::vector<double>> texts = {{1, 2, 3}, {}};
  const TextsTest test = test_texts(texts, {}).value();
  EXPECT_EQ(*test.over_texts.mean, 2);
  EXPECT_EQ(test.over_texts.reason, "fewer than two values");
  EXPECT_FALSE(test.over_texts.t || test.interval);
}

TEST(Texts, NonFiniteValueIsAnError) {
  const std::vector<std::vector<double>> texts = {{1, NAN}, {2}};
  EXPECT_EQ(test_texts(texts, {}).error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace excise
