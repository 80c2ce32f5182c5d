#include "experiment/sweep/second_opinion.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "testing/made_words.h"

namespace excise {
namespace {

const std::vector<size_t> kAll = {0, 1, 2, 3};

TEST(LargestToken, HasItsShareOfTheSum) {
  const auto largest = largest_token(std::vector<double>{1, 5, 3, 1}, kAll);
  ASSERT_TRUE(largest);
  EXPECT_EQ(largest->position, 1);
  EXPECT_DOUBLE_EQ(largest->share, 0.5);
}

TEST(LargestToken, GoesTheWayOfTheSum) {
  // 9 is the largest of all, and not what the sum is made of.
  const auto largest = largest_token(std::vector<double>{-8, 9, -8, -3}, kAll);
  ASSERT_TRUE(largest);
  EXPECT_EQ(largest->position, 0);
  EXPECT_DOUBLE_EQ(largest->share, 0.8);
}

TEST(LargestToken, MayHaveMoreThanTheSum) {
  const auto largest = largest_token(std::vector<double>{-3, 4, -1, 2}, kAll);
  EXPECT_DOUBLE_EQ(largest->share, 2);
}

TEST(LargestToken, IsOfTheTestedTokens) {
  const std::vector<size_t> some = {2, 3};
  const auto largest = largest_token(std::vector<double>{0, 5, 3, 1}, some);
  EXPECT_EQ(largest->position, 2);
  EXPECT_DOUBLE_EQ(largest->share, 0.75);
}

TEST(LargestToken, OfASumOfNothingThereIsNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(largest_token(std::vector<double>{0, 0, 0, 0}, kAll));
  EXPECT_FALSE(largest_token(std::vector<double>{0.1, 0.2, -0.3, 0}, kAll));
  EXPECT_FALSE(largest_token(std::vector<double>{1, nan, 1, 1}, kAll));
  EXPECT_FALSE(largest_token(std::vector<double>{1, 1, 1, 1}, {}));
}

TEST(SecondOpinion, HasNoneWhereAnEffectIsNotFinite) {
  std::vector<double> effects(20, 1.0);
  effects[3] = std::numeric_limits<double>::infinity();
  const SecondOpinion second = second_opinion_of(effects).value();
  EXPECT_FALSE(second.p || second.q);
  EXPECT_EQ(second.n, 20);
  EXPECT_EQ(second.reason, kNotFinite);
}

TEST(SecondOpinion, OnlyItsOwnQConfirms) {
  std::optional<SecondOpinion> second;
  EXPECT_FALSE(confirmed(second));
  second.emplace();
  EXPECT_FALSE(confirmed(second));
  second->q = 0.06;
  EXPECT_FALSE(confirmed(second));
  second->q = 0.04;
  EXPECT_TRUE(confirmed(second));
}

// t of the same series, of another width: a shift that both find, and a slow
// wave that t takes for one.
TEST(SecondOpinion, IsOneOfTheTestsOfEveryCell) {
  SweepResult result = made_result(120, {1, 1, 0}, {0, 1, 0});
  std::vector<double>& wave = result.findings[1].removal.delta_logprob;
  for (size_t t = 1; t < wave.size(); ++t) wave[t] = t < 60 ? 1 : -0.4;
  const Summary summary = summary_of(result);
  const EffectTests& shift = summary.layers[0].removal.effect;
  ASSERT_TRUE(shift.second && shift.largest);
  EXPECT_LT(*shift.second->q, 0.05);
  EXPECT_NEAR(*shift.second->q / *shift.second->p, 3.0, 1.6);
  const EffectTests& slow = summary.layers[1].removal.effect;
  EXPECT_LT(*slow.default_n.q, 0.05);
  EXPECT_GT(*slow.second->p, 0.05);
  EXPECT_GT(*slow.second->lag1, 0.9);
  EXPECT_LT(*slow.second->n_effective, 10);
  for (const LayerSummary& layer : summary.layers) {
    ASSERT_TRUE(layer.removed && layer.empty && layer.interaction);
    EXPECT_TRUE(layer.removed->effect.second->q);
    EXPECT_TRUE(layer.empty->effect.second);
    EXPECT_TRUE(layer.interaction->second);
  }
  EXPECT_EQ(summary.headline.layers_unconfirmed, (std::vector<size_t>{1}));
  EXPECT_EQ(summary.headline.layers_one_token, std::vector<size_t>());
  EXPECT_TRUE(summary.headline.removed->layers_unconfirmed);
}

TEST(SecondOpinion, OfAScanHasTheQOfTheGrid) {
  SweepResult result = identity(60, {1, 0});
  result.spec.scan = Scan{ScanMode::kEach, {0, 1, 2}};
  for (LayerFindings& findings : result.findings) {
    findings.scan.resize(3);
    for (size_t step = 0; step < 3; ++step)
      findings.scan[step].delta_logprob = findings.removal.delta_logprob;
  }
  const Summary summary = summary_of(result);
  const LayerSummary& layer = summary.layers[0];
  for (const ScanStep& step : layer.scan.steps) {
    EXPECT_EQ(step.second.p, layer.removal.effect.second->p);
    EXPECT_EQ(step.second.q, layer.removal.effect.second->q);
    EXPECT_DOUBLE_EQ(*step.second.q,
                     2 * *step.second.p);  // 3 of 6 are as small
  }
}

}  // namespace
}  // namespace excise
