// Words against numbers: each sentence of a sweep on made-up results, where it
// must appear, where it must not, and what it must count.
#include "experiment/summary_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "experiment/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Case {
  const char* name;
  std::vector<double> means;
};

const Case kCases[] = {{"up", {1, 2, 0.5, 3}},
                       {"down", {-1, -2, -0.5, -3}},
                       {"none", {0, 0, 0, 0}},
                       {"mixed", {0.45, -1.5, 0, 0.3, -0.4}},
                       {"one layer", {1}},
                       {"one layer down", {-1}},
                       {"twelve", {2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, -1}}};

TEST(EffectWords, CountWhatTheNumbersCount) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.name);
    const SweepResult result = identity(200, one.means);
    const Summary summary = summary_of(result);
    double hurt = 0, helped = 0, most = 0, least = 0;
    size_t worst = 0, best = 0;
    const MeanTest* best_test = nullptr;
    for (const LayerSummary& layer : summary.layers) {
      const MeanTest& test = layer.removal.effect.default_n;
      const bool star = *test.q < 0.05;
      hurt += star && *test.mean > 0 ? 1 : 0;
      helped += star && *test.mean < 0 ? 1 : 0;
      if (*test.mean > most) most = *test.mean, worst = layer.layer;
      if (*test.mean < least) {
        least = *test.mean;
        best = layer.layer;
        best_test = &test;
      }
    }
    const std::string text = passage(result, summary, "effect");
    EXPECT_EQ(number_after(text, "hurts the right next token in "), hurt);
    EXPECT_EQ(number_after(text, "helps in "), helped);
    EXPECT_EQ(text.find("most harmful") != std::string::npos, most > 0) << text;
    if (most > 0) {
      EXPECT_EQ(number_after(text, "most harmful is layer "), worst);
      EXPECT_NEAR(number_after(text, "where it costs "), most, 0.006 * most);
    }
    const bool told = best_test && (*best_test->q < 0.05 || -least > most);
    EXPECT_EQ(text.find("other way") != std::string::npos, told) << text;
    if (told) {
      EXPECT_EQ(number_after(text, "other way is at layer "), best);
      EXPECT_NEAR(number_after(text, "where it gains "), -least,
                  -0.006 * least);
    }
  }
}

TEST(EffectWords, AllStarredAreAllLayers) {
  EXPECT_THAT(passage(identity(200, {2, 3, 2}), "effect"),
              HasSubstr("in 3 of 3 layers at q < 0.05 and helps in 0."));
}

TEST(EffectWords, LayersWithoutATestAreNamedWithTheReason) {
  SweepResult result = identity(60, {1, 1, 1});
  result.findings[1].removal.delta_logprob[5] = kNaN;
  result.findings[2].removal.delta_logprob.assign(60, 0.25);  // all equal
  const std::string text = passage(result, "effect");
  EXPECT_THAT(text, HasSubstr("in 1 of 3 layers (0)"));
  EXPECT_THAT(text, HasSubstr("No test at layer 1: an effect is not finite."));
  EXPECT_THAT(text, HasSubstr("No test at layer 2: zero variance"));
  EXPECT_THAT(summary_text(result, summary_of(result)), Not(HasSubstr("nan")));
}

TEST(EffectWords, WithoutAnyTestNothingIsClaimed) {
  for (const size_t tokens : {1, 2}) {
    const SweepResult result = made_result(tokens, {1.0, 0.5}, {0, 0});
    const std::string text = summary_text(result, summary_of(result));
    EXPECT_THAT(text, HasSubstr("No test of the effect of removing"));
    for (const char* claim : {"nan", "hurts", "costs", "undoes", "r ="})
      EXPECT_THAT(text, Not(HasSubstr(claim))) << tokens;
  }
}

TEST(EffectWords, SayThatTheMeanIsPartOfTheEdit) {
  SweepResult result = made_result(60, {1, 1}, {});
  const struct {
    RemovalOperator op;
    const char* words;
  } cases[] = {
      {{Mean::kNone, Mean::kToken},
       " and putting each token's mean over neurons back hurts"},
      {{Mean::kNeuron, Mean::kNone},
       " and taking each neuron's mean over tokens out hurts"},
      {{Mean::kToken, Mean::kNeuron},
       " and putting each neuron's mean over tokens in the place of each "
       "token's mean over neurons hurts"},
      {{Mean::kNeuron, Mean::kNeuron}, "of the MLP pre-activation hurts"}};
  for (const auto& one : cases) {
    result.spec.removal = one.op;
    EXPECT_THAT(passage(result, "effect"), HasSubstr(one.words));
  }
  result.spec.action = EditAction::kAdd;
  EXPECT_THAT(passage(result, "effect"), HasSubstr("Adding component 0"));
  EXPECT_THAT(passage(result, "cells"), IsEmpty());
}

Correlation correlation(double r, double p, std::optional<Interval> interval) {
  Correlation one;
  one.n = 12;
  one.r = r;
  one.p = p;
  one.interval = interval;
  return one;
}

TEST(VarianceWords, FollowTheRuleThatTheyState) {
  const SweepResult result = identity(60, {1, 1, 1});
  Summary summary = summary_of(result);
  const auto text = [&](const Correlation& r, const Correlation& rho) {
    summary.share_vs_t_default_n = {r, rho};
    return passage(result, summary, "variance");
  };
  const auto strong = correlation(0.8, 0.002, Interval{0.4, 0.95});
  const auto weak = correlation(0.42, 0.17, Interval{-0.2, 0.8});
  EXPECT_THAT(text(strong, strong), HasSubstr("the more variance, the larger"));
  // The case: r = 0.60, p = 0.04, 0.07 to 0.88, Spearman not.
  const std::string unclear =
      text(correlation(0.6, 0.04, Interval{0.07, 0.88}), weak);
  EXPECT_THAT(unclear, HasSubstr("Pearson r = 0.60 (p = 0.04, 95 % bootstrap "
                                 "interval 0.07 to 0.88) and Spearman r = 0.42 "
                                 "(p = 0.17"));
  EXPECT_THAT(unclear, HasSubstr("no clear relation, which takes p < 0.05"));
  const auto minus = correlation(-0.8, 0.002, Interval{-0.95, -0.4});
  EXPECT_THAT(text(minus, minus), HasSubstr("the smaller t"));
  EXPECT_THAT(text(strong, minus), HasSubstr("no clear relation"));
  const auto wide = correlation(0.7, 0.01, Interval{-0.1, 0.9});
  EXPECT_THAT(text(strong, wide), HasSubstr("no clear relation"));
  EXPECT_THAT(text(strong, Correlation{}), IsEmpty());
}

TEST(VarianceWords, OfThreeLayersHaveNoTinyP) {
  const std::string text = passage(identity(200, {3, 2, 1}), "variance");
  EXPECT_GE(number_after(text, "(exact p = "), 1.0 / 6 - 1e-3) << text;
  EXPECT_THAT(text, Not(HasSubstr("interval 1.00 to 1.00")));
  EXPECT_THAT(text, HasSubstr("no clear relation"));
  EXPECT_THAT(passage(identity(200, {3, 2}), "variance"), IsEmpty());
}

TEST(TextWords, ComeFirstAndNameTheFirstText) {
  SweepResult result = identity(100, {1, 0, 1});
  EXPECT_THAT(passage(result, "texts"), IsEmpty());
  EXPECT_THAT(passage(result, "effect"), Not(HasSubstr("first text")));
  for (size_t text = 0; text < 6; ++text) {
    TextFindings& further = result.further_texts.emplace_back();
    further.ids = result.ids;
    further.tested = tested_tokens(result);
    for (size_t layer = 0; layer < 3; ++layer) {
      further.delta_logprob.push_back(
          made_effect(100, 2, layer == 0 ? 1 : -1, 300 + 10 * text + layer)
              .delta_logprob);
    }
  }
  const Summary summary = summary_of(result);
  const auto passages = summary_passages(result, summary);
  ASSERT_EQ(passages.front().topic, "texts");
  EXPECT_EQ(number_after(passages[0].text, "Over the "), 7);
  EXPECT_EQ(number_after(passages[0].text, "right next token in "),
            summary.headline.over_texts->layers_hurt.size());
  EXPECT_EQ(number_after(passages[0].text, "helps in "),
            summary.headline.over_texts->layers_helped.size());
  EXPECT_THAT(passages[1].text, HasSubstr("Of the first text alone: "));
}

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
  EXPECT_EQ(number_after(text, "largest mean effect of them in "), 0);
  EXPECT_EQ(number_after(text, "chance alone would make it "), 0.5);
  // Of four components no exact p is below 2 / 24.
  EXPECT_THAT(text, HasSubstr("it has p < 0.05 in 0 of 2."));
  result.spec.scan->mode = ScanMode::kCumulative;
  EXPECT_THAT(passage(result, "scan"),
              HasSubstr("With the first 1 to 4 components removed together"));
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
                summary.together[0].sum_of_single, 0.01);
    EXPECT_NEAR(number_after(text, "(95 % interval "), *test.ci_low, 0.01);
    EXPECT_THAT(text, Not(HasSubstr("cost")));
  }
}

TEST(DriftWords, OfEqualLayersAreOneNumber) {
  SweepResult result = identity(60, {1, 1});
  for (LayerFindings& layer : result.findings) layer.removal.drift.back() = 0.5;
  EXPECT_THAT(passage(result, "drift"),
              HasSubstr("have moved by 25.0 % of their size"));
}

TEST(RoundingWords, SpeakOfTheLayersLookedAtOnly) {
  SweepResult result = identity(60, {1, 1, 1});
  EXPECT_THAT(passage(result, "rounding"), IsEmpty());
  result.audit.rounding = {{0, 1.0, 0.0044}, {1, 2.0, 0.002}};
  EXPECT_THAT(passage(result, "rounding"),
              HasSubstr("by at most 0.44 % of their size (root mean square) "
                        "for the edit itself at the two layers looked at "
                        "(layers 0, 1); elsewhere it may be more"));
}

TEST(WarningWords, ComeBeforeEverything) {
  SweepResult result = identity(60, {1, 1});
  std::ranges::fill(result.ids, 7);
  const auto passages = summary_passages(result, summary_of(result));
  EXPECT_EQ(passages.front().topic, "warnings");
  EXPECT_THAT(passages.front().text, HasSubstr("repeat an earlier one"));
}

TEST(WarningWords, PassOnWhatTheFitNoted) {
  SweepResult result = identity(60, {1, 1, 1});
  EXPECT_THAT(passage(result, "warnings"), IsEmpty());
  result.findings[1].basis_note = "sources depend on the seed";
  result.findings[2].basis_note = "sources depend on it too";
  EXPECT_THAT(passage(result, "warnings"),
              HasSubstr("The fit of the basis has a note at 2 of 3 layers (1, "
                        "2); at layer 1: sources depend on the seed."));
}

// No number is shown as a negative zero, whatever the effects.
TEST(SummaryText, HasNoNegativeZero) {
  const std::regex zero("-0(\\.0+)?([^.0-9e]|$)");
  for (const Case& one : kCases) {
    std::vector<double> tiny;
    for (const double mean : one.means) tiny.push_back(-1e-9 * mean);
    for (const auto& means : {one.means, tiny}) {
      const SweepResult result = made_result(60, means, tiny);
      const std::string text = summary_text(result, summary_of(result));
      EXPECT_FALSE(std::regex_search(text, zero)) << text;
    }
  }
}

}  // namespace
}  // namespace excise
