#include "experiment/sweep/text_summary.h"

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/sweep/summary.h"
#include "testing/made_result.h"

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

std::vector<LayerSummary> summarized(const SweepResult& result) {
  return summarize(result, Progress()).value().layers;
}

TEST(SummarizeTexts, CountsEachTextOnce) {
  const auto layers = summarized(made_texts(2, 4));
  ASSERT_EQ(layers.size(), 2U);
  const OverTexts& first = layers[0].over_texts.value();
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
  EXPECT_DOUBLE_EQ(layers[1].over_texts->means[1], 0);
}

TEST(SummarizeTexts, WhatIsNotFiniteHasNoTest) {
  const auto layers = summarized(made_texts(HUGE_VAL, 1));
  EXPECT_FALSE(layers[0].over_texts->test.p || layers[0].over_texts->interval);
  EXPECT_FALSE(layers[0].over_texts->test.reason.empty());
}

TEST(SummarizeTexts, IsNothingForOneText) {
  EXPECT_FALSE(summarized(made_result(20, {0.5}, {}))[0].over_texts);
}

// The mean over texts stands among the draws' means over texts.
TEST(SummarizeTexts, ControlsAreMeansOverTexts) {
  SweepResult result = made_texts(2, 4);
  add_made_control(Control::kNormMatched, 50, 0.5, result);
  for (TextFindings& text : result.further_texts) {
    std::vector<double> means;
    for (size_t r = 0; r < 50; ++r)
      means.push_back(static_cast<double>(r) / 50);
    text.control_means = {{means}, {means}};
  }
  const Summary summary = summarize(result, Progress()).value();
  const LayerSummary& layer = summary.layers[0];
  const ControlSummary& over = layer.over_texts->controls.at(0);
  EXPECT_EQ(over.edit_mean, layer.over_texts->test.mean);
  EXPECT_NEAR(over.mean[10], (layer.controls[0].mean[10] + 2 * 0.2) / 3, 1e-12);
  EXPECT_NEAR(*over.p_two_sided, 2.0 / 51, 1e-12);
  EXPECT_EQ(over.standing, Standing::kWorse);
  ASSERT_TRUE(summary.headline.over_texts);
  const ControlHeadline& headline = summary.headline.controls_over_texts.at(0);
  EXPECT_EQ(headline.layers_worse, (std::vector<size_t>{0}));
  EXPECT_NEAR(*headline.p_max, 1.0 / 51, 1e-12);
}

TEST(SummarizeTexts, ScansAreTestedOverTexts) {
  SweepResult result = made_texts(2, 4);
  result.spec.scan = Scan{ScanMode::kEach, {0, 1}};
  for (LayerFindings& findings : result.findings) {
    for (const double mean : {0.5, 1.5}) {
      findings.scan.push_back(
          {10, made_effect(20, 3, mean, 800).delta_logprob});
    }
  }
  for (TextFindings& text : result.further_texts)
    text.scan_means = {{2, 1}, {0, 1.5}};
  const auto layers = summarized(result);
  const OverTexts& over = layers[0].over_texts.value();
  ASSERT_EQ(over.scan.size(), 2U);
  EXPECT_NEAR(*over.scan[1].mean,
              (*layers[0].scan.steps[1].effect.mean + 2) / 3, 1e-12);
  EXPECT_EQ(over.scan[0].q, over.test.q);
}

TEST(SummarizeTexts, ATextWithoutTestedTokensKeepsItsPlace) {
  SweepResult result = made_texts(2, 4);
  result.further_texts[0].tested.clear();
  const OverTexts first = summarized(result)[0].over_texts.value();
  ASSERT_EQ(first.means.size(), 3U);
  EXPECT_TRUE(std::isnan(first.means[1]));
  EXPECT_DOUBLE_EQ(first.means[2], 4);
  EXPECT_EQ(first.test.n, 2U);
  EXPECT_NEAR(*first.test.mean, (first.means[0] + 4) / 2, 1e-12);
  EXPECT_TRUE(first.interval);
}

}  // namespace
}  // namespace excise
