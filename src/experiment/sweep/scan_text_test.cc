// Words against numbers: scans over components and sets of layers.
#include "experiment/sweep/scan_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(ScanWords, CountTheGrid) {
  SweepResult result = identity(100, {1, 1});
  result.spec.scan = Scan{ScanMode::kEach, {0, 1, 2, 3}};
  for (size_t l = 0; l < 2; ++l) {
    for (size_t step = 0; step < 4; ++step) {
      const double means[] = {1, 0, -1, 2};
      result.findings[l].scan.push_back(
          {40.0 - 10 * static_cast<double>(step),
           step == 0
               ? result.findings[l].removal.delta_logprob
               : made_effect(100, 2, means[step], 7 * l + step).delta_logprob});
    }
  }
  const Summary summary = summary_of(result);
  size_t hurt = 0, helped = 0;
  for (const LayerSummary& layer : summary.layers) {
    for (const ScanStep& step : layer.scan.steps) {
      if (*step.effect.q >= 0.05) continue;
      ++(*step.effect.mean > 0 ? hurt : helped);
    }
  }
  const std::string text = passage(result, summary, "scan");
  EXPECT_EQ(number_after(text, "of the "), 8);
  EXPECT_EQ(number_after(text, "removals of the grid "), hurt);
  EXPECT_EQ(number_after(text, "hurt and "), helped);
  EXPECT_EQ(number_after(text, "Component 0 hurts more than all others in "),
            0);
  EXPECT_EQ(number_after(text, "chance alone would make it at most "), 0.5);
  // Of four components no exact p is below 2 / 24.
  EXPECT_THAT(text, HasSubstr("with p < 0.05 it is above 0 in 0 and below 0 in "
                              "0 of 2 layers, where chance alone would put at "
                              "most 0.1."));
  EXPECT_THAT(text, Not(HasSubstr("no test")));
  result.spec.basis = "neurons";
  EXPECT_THAT(passage(result, summary, "scan"),
              HasSubstr("With 4 neurons removed one at a time"));
  EXPECT_THAT(passage(result, summary, "scan"), HasSubstr(" Neuron 0 hurts"));
  result.spec.basis = "svd";
  result.spec.scan->mode = ScanMode::kCumulative;
  EXPECT_THAT(passage(result, "scan"),
              HasSubstr("With the first 1 to 4 components removed together"));
}

// The same steps at both layers.
SweepResult scanned(const std::vector<std::vector<double>>& steps) {
  SweepResult result = identity(100, {1, 1});
  result.spec.scan = Scan{ScanMode::kEach, {}};
  for (size_t step = 0; step < steps.size(); ++step) {
    result.spec.scan->components.push_back(step);
    for (LayerFindings& layer : result.findings)
      layer.scan.push_back({10.0 + static_cast<double>(step), steps[step]});
  }
  for (LayerFindings& layer : result.findings)
    layer.removal.delta_logprob = steps[0];
  return result;
}

TEST(ScanWords, EqualComponentsHaveNoLargest) {
  const std::vector<double> none(100, 0.0);
  const std::string text = passage(
      scanned({made_effect(100, 2, -1, 5).delta_logprob, none, none, none}),
      "scan");
  EXPECT_THAT(text, HasSubstr("more than all others in 0 of 2 layers"));
  EXPECT_THAT(text, HasSubstr("(6 have no test)"));
  const Summary tied = summary_of(scanned({none, none, none}));
  EXPECT_THAT(tied.headline.layers_first_worst, IsEmpty());
}

TEST(ScanWords, UpDownAndAllStarred) {
  for (const double sign : {1.0, -1.0}) {
    std::vector<std::vector<double>> steps;
    for (const uint64_t step : {0, 1, 2, 3}) {
      const double mean = sign * (step == 0 ? 1 : 2);
      steps.push_back(made_effect(100, 2, mean, 40 + step).delta_logprob);
    }
    std::string text = passage(scanned(steps), "scan");
    EXPECT_THAT(text, HasSubstr(sign > 0 ? "grid 8 hurt and 0 help"
                                         : "grid 0 hurt and 8 help"));
    // The least negative is not the most important.
    EXPECT_THAT(text, HasSubstr("more than all others in 0 of 2"));
    std::swap(steps[0], steps[1]);
    for (double& value : steps[0]) value += sign;
    text = passage(scanned(steps), "scan");
    EXPECT_THAT(text, HasSubstr(sign > 0 ? "more than all others in 2 of 2"
                                         : "more than all others in 0 of 2"));
  }
}

TEST(ScanWords, OverTheTexts) {
  SweepResult result =
      with_texts(scanned({made_effect(100, 2, 1, 4).delta_logprob,
                          made_effect(100, 2, 1, 5).delta_logprob}),
                 {1, 1.1, 0.9});
  EXPECT_THAT(passage(identity(100, {1}), "texts"), IsEmpty());
  for (TextFindings& text : result.further_texts)
    text.scan_means = {{1, 1}, {1, -1}};
  EXPECT_THAT(passage(result, "texts"),
              HasSubstr("Over the texts, of the 4 removals of the grid"));
  EXPECT_TRUE(passage(result, "scan").starts_with("Of the first text: With 2"));
}

TEST(TogetherWords, ASumWithoutAnAddendIsNone) {
  SweepResult result = identity(100, {1, 1});
  result.together.push_back({{0, 1}, made_effect(100, 3, 2, 5)});
  EXPECT_THAT(passage(result, "together"), HasSubstr("add up to"));
  result.findings[1].removal.delta_logprob[5] = kNaN;
  EXPECT_FALSE(summary_of(result).together[0].sum_of_single);
  EXPECT_THAT(passage(result, "together"), Not(HasSubstr("add up to")));
}

TEST(TogetherWords, GiveTheSignAndTheInterval) {
  for (const double mean : {2.0, 0.0, -2.0}) {
    SweepResult result = identity(100, {1, -2});
    result.together.push_back({{0, 1}, made_effect(100, 3, mean, 5)});
    const Summary summary = summary_of(result);
    const std::string text = passage(result, summary, "together");
    const MeanTest& test = summary.together[0].branch.effect.default_n;
    EXPECT_NEAR(number_after(text, "have an effect of "), *test.mean,
                0.006 * std::abs(*test.mean));
    EXPECT_NEAR(number_after(text, "add up to "),
                *summary.together[0].sum_of_single, 0.01);
    EXPECT_NEAR(number_after(text, "(95 % interval "), *test.ci_low, 0.01);
    EXPECT_THAT(text, Not(HasSubstr("cost")));
  }
}

}  // namespace
}  // namespace excise
