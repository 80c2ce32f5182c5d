#include "experiment/text_summary.h"

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/made_result.h"

namespace excise {
namespace {

// Two layers, this text and two further ones with constant effects.
SweepResult made_texts(double first, double second) {
  SweepResult result = made_result(20, {0.5, 0.1}, {});
  for (const double effect : {first, second}) {
    TextFindings& text = result.further_texts.emplace_back();
    text.ids = {1, 2, 3};
    text.tested = {1, 2};
    text.delta_logprob = {{0, effect, effect}, {0, -effect, effect}};
  }
  return result;
}

TEST(SummarizeTexts, CountsEachTextOnce) {
  const SweepResult result = made_texts(2, 4);
  const auto layers = summarize_texts(result);
  ASSERT_TRUE(layers) << layers.error().message;
  ASSERT_EQ(layers->size(), 2U);
  const OverTexts& first = (*layers)[0];
  ASSERT_EQ(first.means.size(), 3U);
  EXPECT_DOUBLE_EQ(first.means[1], 2);
  EXPECT_DOUBLE_EQ(first.means[2], 4);
  EXPECT_EQ(first.test.n, 3U);
  EXPECT_EQ(*first.test.df, 2);
  EXPECT_NEAR(*first.test.mean, (first.means[0] + 6) / 3, 1e-12);
  ASSERT_TRUE(first.interval && first.test.q);
  EXPECT_GE(first.interval->low, first.means[0]);
  EXPECT_LE(first.interval->high, 4);
  EXPECT_GE(*first.test.q, *first.test.p);
  EXPECT_DOUBLE_EQ((*layers)[1].means[1], 0);
}

TEST(SummarizeTexts, WhatIsNotFiniteHasNoTest) {
  const auto layers = summarize_texts(made_texts(HUGE_VAL, 1)).value();
  EXPECT_FALSE(layers[0].test.p || layers[0].interval);
  EXPECT_FALSE(layers[0].test.reason.empty());
}

TEST(SummarizeTexts, ATextWithoutTestedTokensKeepsItsPlace) {
  SweepResult result = made_texts(2, 4);
  result.further_texts[0].tested.clear();
  const OverTexts first = summarize_texts(result).value()[0];
  ASSERT_EQ(first.means.size(), 3U);
  EXPECT_TRUE(std::isnan(first.means[1]));
  EXPECT_DOUBLE_EQ(first.means[2], 4);
  EXPECT_EQ(first.test.n, 2U);
  EXPECT_NEAR(*first.test.mean, (first.means[0] + 4) / 2, 1e-12);
  EXPECT_TRUE(first.interval);
}

TEST(SummarizeTexts, IsEmptyForOneText) {
  EXPECT_TRUE(summarize_texts(made_result(20, {0.5}, {})).value().empty());
}

}  // namespace
}  // namespace excise
