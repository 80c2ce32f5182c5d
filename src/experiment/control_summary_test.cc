#include "experiment/control_summary.h"

#include <gtest/gtest.h>

#include <cmath>

namespace excise {
namespace {

// Repeats with these mean effects over two predicted tokens.
ControlFindings made_controls(const std::vector<double>& means) {
  ControlFindings findings{Control::kNormMatched, {}};
  for (const double mean : means)
    findings.delta_logprob.push_back({0, mean - 1, mean + 1});
  return findings;
}

ControlSummary summary_of(const std::vector<double>& means,
                          std::optional<double> removal) {
  return summarize_controls({made_controls(means)}, {{1, 2}}, removal)
      .value()
      .at(0);
}

TEST(SummarizeControls, EmpiricalPAndPercentile) {
  const ControlSummary summary = summary_of({1, 2, 3, 4}, 3.5);
  EXPECT_EQ(summary.control, Control::kNormMatched);
  EXPECT_EQ(summary.mean, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_DOUBLE_EQ(*summary.t[1], 2);  // sd sqrt(2), n = 2
  EXPECT_DOUBLE_EQ(*summary.p, 2.0 / 5);
  EXPECT_DOUBLE_EQ(*summary.percentile, 75);
}

// The removal is one more draw of the same kind: p < 0.05 once in 20 times.
TEST(SummarizeControls, HoldsItsRateUnderTheNull) {
  constexpr size_t kRuns = 4000;
  double below = 0;
  for (size_t i = 0; i < kRuns; ++i) {
    Random random(8, i);
    std::vector<double> means(39);
    for (double& mean : means) mean = random.normal();
    below += *summary_of(means, random.normal()).p <= 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(below / kRuns, 0.05, 0.011);  // standard error 0.0034
}

TEST(SummarizeControls, BeyondAllIsNeverZero) {
  const ControlSummary summary = summary_of({1, 2, 3}, 9);
  EXPECT_DOUBLE_EQ(*summary.p, 0.25);
  EXPECT_DOUBLE_EQ(*summary.percentile, 100);
}

TEST(SummarizeControls, TiesCountAgainstTheRemoval) {
  const ControlSummary summary = summary_of({1, 2, 3}, 2);
  EXPECT_DOUBLE_EQ(*summary.p, 3.0 / 4);
  EXPECT_DOUBLE_EQ(*summary.percentile, 50);
}

TEST(SummarizeControls, WhatIsNotFiniteHasNoP) {
  EXPECT_FALSE(summary_of({1, HUGE_VAL}, 2).p);
  EXPECT_FALSE(summary_of({1, 2}, std::nullopt).p);
  const ControlFindings one_token{Control::kRandomRank, {{0}}};
  const auto summary =
      summarize_controls({one_token}, {}, std::nullopt).value();
  EXPECT_TRUE(std::isnan(summary[0].mean[0]));
  EXPECT_FALSE(summary[0].t[0]);
}

}  // namespace
}  // namespace excise
