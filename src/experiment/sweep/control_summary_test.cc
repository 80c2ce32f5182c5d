#include "experiment/sweep/control_summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace excise {
namespace {

// Repeats with these mean effects over two predicted tokens.
ControlFindings made_controls(const std::vector<double>& means,
                              Cell cell = Cell::kPreset,
                              Control control = Control::kNormMatched) {
  ControlFindings findings{cell, control, {}};
  for (const double mean : means)
    findings.delta_logprob.push_back({0, mean - 1, mean + 1});
  return findings;
}

ControlSummary summary_of(const std::vector<double>& means,
                          std::optional<double> edit) {
  return summarize_controls({made_controls(means)}, {{1, 2}}, edit, {})
      .value()
      .at(0);
}

std::vector<double> up_to(size_t count) {
  std::vector<double> values(count);
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(SummarizeControls, EmpiricalPAndPercentile) {
  const ControlSummary summary = summary_of({1, 2, 3, 4}, 3.5);
  EXPECT_EQ(summary.control, Control::kNormMatched);
  EXPECT_EQ(summary.mean, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_DOUBLE_EQ(*summary.t[1], 2);  // sd sqrt(2), n = 2
  EXPECT_DOUBLE_EQ(*summary.p_two_sided, 2 * 2.0 / 5);
  EXPECT_DOUBLE_EQ(*summary.percentile, 75);
  EXPECT_FALSE(summary.standing);  // of four
}

TEST(SummarizeControls, BothTailsAreTold) {
  EXPECT_EQ(summary_of(up_to(40), 41).standing, Standing::kWorse);
  EXPECT_EQ(summary_of(up_to(40), 0).standing, Standing::kLessHarmful);
  EXPECT_EQ(summary_of(up_to(40), 39.5).standing, Standing::kWithin);
  EXPECT_DOUBLE_EQ(*summary_of(up_to(40), 0).p_two_sided, 2.0 / 41);
  // 39 can show nothing.
  EXPECT_FALSE(summary_of(up_to(39), 41).standing);
}

TEST(SummarizeControls, EachCellHasItsOwnEdit) {
  const auto both =
      summarize_controls(
          {made_controls(up_to(40)), made_controls(up_to(40), Cell::kRemoved)},
          {{1, 2}}, 41, 0)
          .value();
  EXPECT_EQ(both[0].standing, Standing::kWorse);
  EXPECT_EQ(both[1].standing, Standing::kLessHarmful);
  EXPECT_EQ(both[1].edit_mean, 0);
}

TEST(SummarizeControls, AShuffleIsADescription) {
  const auto summary =
      summarize_controls(
          {made_controls(up_to(40), Cell::kPreset, Control::kNeuronShuffle)},
          {{1, 2}}, 41, {})
          .value()
          .at(0);
  EXPECT_FALSE(summary.p_two_sided || summary.standing);
  EXPECT_EQ(summary.percentile, 100);
}

TEST(SummarizeControls, WhatIsNotFiniteHasNoP) {
  EXPECT_FALSE(summary_of({1, HUGE_VAL}, 2).p_two_sided);
  EXPECT_FALSE(summary_of({1, 2}, std::nullopt).p_two_sided);
  const ControlFindings one_token{Cell::kPreset, Control::kRandomRank, {{0}}};
  const auto summary =
      summarize_controls({one_token}, {}, std::nullopt, {}).value();
  EXPECT_TRUE(std::isnan(summary[0].mean[0]));
  EXPECT_FALSE(summary[0].t[0]);
}

ControlHeadline compare(std::vector<ControlSummary>& at_layers) {
  std::vector<ControlSummary*> pointers;
  std::vector<size_t> layers;
  for (ControlSummary& summary : at_layers) {
    layers.push_back(10 + pointers.size());
    pointers.push_back(&summary);
  }
  return compare_over_layers(pointers, layers).value();
}

TEST(CompareOverLayers, CountsAndSaysWhatChanceGives) {
  std::vector<ControlSummary> layers(12, summary_of(up_to(40), 20.5));
  layers[3] = summary_of(up_to(40), 90);
  layers[7] = summary_of(up_to(40), -1);
  const ControlHeadline headline = compare(layers);
  EXPECT_EQ(headline.repeats, 40U);
  EXPECT_EQ(headline.layers_worse, (std::vector<size_t>{13}));
  EXPECT_EQ(headline.layers_less_harmful, (std::vector<size_t>{17}));
  EXPECT_EQ(headline.layers_within.size(), 10U);
  EXPECT_DOUBLE_EQ(headline.level, 2.0 / 41);
  EXPECT_DOUBLE_EQ(headline.chance_layers, 24.0 / 41);
  EXPECT_NEAR(headline.chance_any, 0.451, 5e-4);
  EXPECT_EQ(headline.repeats_for_p, 40U);
  // q below 0.05 for one of 12 layers, by itself.
  EXPECT_EQ(headline.repeats_for_q, 480U);
  EXPECT_FALSE(layers[3].q);
  EXPECT_DOUBLE_EQ(*headline.p_max, 1.0 / 41);
  EXPECT_EQ(headline.layers_p_max, (std::vector<size_t>{13, 17}));
  EXPECT_GT(*layers[3].z, 4);
  EXPECT_NEAR(*layers[0].z, 0, 1e-9);
}

TEST(CompareOverLayers, EnoughRepeatsGiveAQ) {
  std::vector<ControlSummary> layers = {summary_of(up_to(80), 90),
                                        summary_of(up_to(80), 20)};
  const ControlHeadline headline = compare(layers);
  EXPECT_EQ(headline.repeats_for_q, 80U);
  EXPECT_DOUBLE_EQ(*layers[0].q, 2 * 2.0 / 81);
  EXPECT_LT(*layers[0].q, kSignificance);
}

TEST(CompareOverLayers, ASingleLayerHasOneP) {
  // |z| of the edit is the largest, but one draw lies above it.
  std::vector<double> draws(40, 1.0);
  draws[0] = 1.2;
  std::iota(draws.begin() + 1, draws.end(), 1.0);
  std::vector<ControlSummary> layers = {summary_of(draws, 38.5)};
  const ControlHeadline headline = compare(layers);
  EXPECT_DOUBLE_EQ(*layers[0].p_two_sided, 2 * 2.0 / 41);
  EXPECT_EQ(layers[0].standing, Standing::kWithin);
  EXPECT_TRUE(layers[0].z.has_value());
  EXPECT_FALSE(layers[0].p_max || headline.p_max);
  EXPECT_TRUE(headline.layers_p_max.empty());
  // So has one beside others that cannot be compared.
  layers.push_back(summary_of(draws, std::nullopt));
  EXPECT_FALSE(compare(layers).p_max);
  layers.back() = summary_of(draws, 39.5);
  EXPECT_TRUE(compare(layers).p_max.has_value());
}

TEST(CompareOverLayers, FewRepeatsCanShowNothing) {
  std::vector<ControlSummary> layers = {summary_of(up_to(20), 90)};
  const ControlHeadline headline = compare(layers);
  EXPECT_EQ(headline.level, 0);
  EXPECT_EQ(headline.chance_any, 0);
  EXPECT_TRUE(headline.layers_worse.empty() && headline.layers_within.empty());
}

TEST(CompareOverLayers, ChanceIsOfTheLayersThatAreCompared) {
  std::vector<ControlSummary> layers(3, summary_of(up_to(80), 90));
  layers[1] = summary_of(up_to(80), std::nullopt);
  const ControlHeadline headline = compare(layers);
  EXPECT_DOUBLE_EQ(headline.chance_layers, 2 * headline.level);
  EXPECT_EQ(headline.repeats_for_q, 80U);  // of two, not of three
  layers.assign(1, summary_of(up_to(80), std::nullopt));
  EXPECT_EQ(compare(layers).chance_layers, 0);
}

}  // namespace
}  // namespace excise
