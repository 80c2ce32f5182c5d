// Words against numbers: each sentence of a sweep on made-up results, where it
// must appear, where it must not, and what it must count.
#include "experiment/sweep/summary_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "testing/made_words.h"

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
    const MeanTest *best_test = nullptr, *worst_test = nullptr;
    for (const LayerSummary& layer : summary.layers) {
      const MeanTest& test = layer.removal.effect.default_n;
      const bool star = *test.q < 0.05;
      hurt += star && *test.mean > 0 ? 1 : 0;
      helped += star && *test.mean < 0 ? 1 : 0;
      if (*test.mean > most) {
        most = *test.mean;
        worst = layer.layer;
        worst_test = &test;
      }
      if (*test.mean < least) {
        least = *test.mean;
        best = layer.layer;
        best_test = &test;
      }
    }
    const std::string text = passage(result, summary, "effect");
    EXPECT_EQ(number_after(text, "hurts the right next token in "), hurt);
    EXPECT_EQ(number_after(text, "helps in "), helped);
    const bool starred = most > 0 && *worst_test->q < 0.05;
    EXPECT_EQ(text.find("most harmful") != std::string::npos, starred) << text;
    EXPECT_EQ(text.find("largest mean effect") != std::string::npos,
              most > 0 && !starred);
    if (starred) {
      EXPECT_EQ(number_after(text, "most harmful is layer "), worst);
      EXPECT_NEAR(number_after(text, "where it costs "), most, 0.006 * most);
    }
    const bool told = best_test && (*best_test->q < 0.05 || -least > most);
    EXPECT_EQ(text.find("other way") != std::string::npos, told) << text;
    if (told) {
      EXPECT_EQ(number_after(text, "other way is at layer "), best);
      if (*best_test->q < 0.05) {
        EXPECT_NEAR(number_after(text, "where it gains "), -least,
                    -0.006 * least);
      }
    }
  }
}

TEST(EffectWords, AllStarredAreAllLayers) {
  EXPECT_THAT(passage(identity(200, {2, 3, 2}), "effect"),
              HasSubstr("in 3 of 3 layers at q < 0.05 and helps in 0."));
}

TEST(EffectWords, OfANullNothingIsCalledHarm) {
  const SweepResult result = identity(60, {0, 0, 0});
  Summary summary = summary_of(result);
  for (const double sign : {1.0, -1.0}) {
    for (size_t i = 0; i < 3; ++i) {
      MeanTest& test = summary.layers[i].removal.effect.default_n;
      test.mean = sign * (0.1 + 0.1 * static_cast<double>(i));
      test.q = 0.9;
    }
    summary.headline.worst_layer = std::nullopt;
    if (sign > 0) summary.headline.worst_layer = 2;
    const std::string text = passage(result, summary, "effect");
    EXPECT_THAT(text, HasSubstr("q = 0.9): not told apart from 0."));
    for (const char* claim : {"most harmful", "costs", "gains"})
      EXPECT_THAT(text, Not(HasSubstr(claim)));
    EXPECT_THAT(text, HasSubstr(sign > 0 ? "is at layer 2, 0.3 nats"
                                         : "is at layer 2, -0.3 nats"));
  }
}

TEST(EffectWords, OfNoLayers) {
  EXPECT_EQ(summary_text(SweepResult(), Summary()), "No layer was swept.");
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

TEST(EffectWords, WithoutAnyTestEachReasonIsGiven) {
  SweepResult result = identity(60, {1, 1, 1});
  result.findings[0].removal.delta_logprob[5] = kNaN;
  for (const size_t layer : {1, 2})
    result.findings[layer].removal.delta_logprob.assign(60, 0.25);
  const std::string text = passage(result, "effect");
  EXPECT_THAT(text, HasSubstr("removing component 0 is possible."));
  EXPECT_THAT(text, HasSubstr("No test at layer 0: an effect is not finite."));
  EXPECT_THAT(text, HasSubstr("No test at layers 1, 2: zero variance"));
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
    result.removal = one.op;
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

TEST(VarianceWords, WithoutAnIntervalNothingIsClear) {
  const SweepResult result = identity(60, {1, 1, 1});
  Summary summary = summary_of(result);
  auto five = correlation(1, 2.0 / 120, std::nullopt);
  five.n = 5;
  summary.share_vs_t_default_n = {five, five};
  const std::string text = passage(result, summary, "variance");
  EXPECT_THAT(text, HasSubstr("r = 1.00 (exact p = 0.017, no interval)"));
  EXPECT_THAT(text, HasSubstr("no clear relation"));
  EXPECT_THAT(text, HasSubstr("taken as independent"));
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
  result = with_texts(std::move(result), std::vector<double>(6, 1));
  for (TextFindings& text : result.further_texts) {
    for (const size_t layer : {1, 2})
      for (double& value : text.delta_logprob[layer]) value -= 2;
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

TEST(TextWords, CountNoTokensOfTheFirstTextForAll) {
  SweepResult result = with_texts(identity(100, {1, 1}), {1, 1, 1});
  result.edited.assign(100, 0);
  result.edited[4] = 1;
  EXPECT_THAT(passage(result, "texts"),
              HasSubstr(" at the chosen tokens hurts"));
  EXPECT_THAT(passage(result, "texts"), Not(HasSubstr("of the 100 tokens")));
  EXPECT_THAT(passage(result, "effect"), HasSubstr("at 1 of the 100 tokens"));
}

TEST(TextWords, AFirstTextWithoutATestIsNotAllTexts) {
  const SweepResult result = with_texts(identity(1, {1, 1}), {1, 1.2, 1.1});
  EXPECT_THAT(passage(result, "texts"),
              HasSubstr("Over the 3 of 4 texts that have a token"));
  EXPECT_THAT(passage(result, "effect"),
              HasSubstr("Of the first text alone: no test of the effect"));
}

TEST(TextWords, WithoutATestOverTextsNothingIsCounted) {
  SweepResult result = with_texts(identity(100, {1, 1}), {1, 1});
  for (TextFindings& text : result.further_texts) text.tested.clear();
  const std::string text = passage(result, "texts");
  EXPECT_THAT(text, HasSubstr("Over the 1 of 3 texts that have a token to "
                              "measure no test of removing component 0 is "
                              "possible."));
  EXPECT_THAT(text, HasSubstr("No test at layers 0, 1: fewer than two values"));
  EXPECT_THAT(text, Not(HasSubstr("hurts")));
}

TEST(TextWords, WhatIsOfTheFirstTextSaysSo) {
  SweepResult result = made_result(100, {1, 1, 1}, {0, 0, 0}, {1, 1, 1});
  add_made_control(Control::kNormMatched, 5, 1, result);
  add_made_control(Control::kNormMatched, 5, 1, result, Cell::kRemoved);
  result.basis.source = "file";
  result.together.push_back({{0, 1}, made_effect(100, 4, 2, 5)});
  result.audit.rounding = {{0, 1.0, 0.0044}, {1, 2.0, 0.002}};
  const char* const topics[] = {"basis",    "controls", "cells",   "together",
                                "variance", "drift",    "rounding"};
  for (const char* topic : topics) {
    EXPECT_THAT(passage(result, topic), Not(IsEmpty())) << topic;
    EXPECT_THAT(passage(result, topic), Not(HasSubstr("first text")));
  }
  result = with_texts(std::move(result), {1, 1});
  for (TextFindings& text : result.further_texts)
    text.control_means.assign(3, {std::vector<double>(5, 1.0)});
  for (const char* topic : topics)
    EXPECT_TRUE(passage(result, topic).starts_with("Of the first text: "))
        << topic;
}

TEST(TextWords, UpDownAndNull) {
  const auto text = [](double first, const std::vector<double>& others) {
    return passage(with_texts(identity(100, {first, first}), others), "texts");
  };
  EXPECT_THAT(text(1, {1, 1, 1, 1}), HasSubstr("in 2 of 2 layers at q < 0.05"));
  EXPECT_THAT(text(-1, {-1, -1, -1, -1}), HasSubstr("helps in 2 of 2 layers"));
  EXPECT_THAT(text(1, {-1, 1, -1}), HasSubstr("in 0 of 2 layers at q < 0.05"));
}

TEST(BasisWords, SayWhatTheTextWasToTheFit) {
  SweepResult result = identity(60, {1});
  result.basis.source = "this text";
  result.basis.held_out = false;
  EXPECT_THAT(passage(result, "basis"), IsEmpty());
  result.basis.source = "file";
  EXPECT_EQ(passage(result, "basis"),
            "The basis was fitted on this very text.");
  result.basis.held_out = true;
  result.basis.provenance.n_tokens = 90;
  EXPECT_THAT(passage(result, "basis"), HasSubstr("on 90 tokens of another"));
  result.basis.held_out.reset();
  EXPECT_THAT(passage(result, "basis"), HasSubstr("is not known"));
}

TEST(DriftWords, OfEqualLayersAreOneNumber) {
  SweepResult result = identity(60, {1, 1});
  for (LayerFindings& layer : result.findings) layer.removal.drift.back() = 0.5;
  EXPECT_THAT(passage(result, "drift"),
              HasSubstr("have moved by 25.0 % of their size"));
}

TEST(DriftWords, OfTwoLayersAreARangeOfWhatIsANumber) {
  SweepResult result = identity(60, {1, 1, 1});
  const double ends[] = {1, kNaN, 0.5};
  for (size_t i = 0; i < 3; ++i)
    result.findings[i].removal.drift.back() = ends[i];
  EXPECT_THAT(passage(result, "drift"),
              HasSubstr("by 25.0 % (layer 2) to 50.0 % (layer 0) of their"));
  for (LayerFindings& layer : result.findings)
    layer.removal.drift.back() = kNaN;
  EXPECT_THAT(passage(result, "drift"), IsEmpty());
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

// Entries that are no tokens: neither neighbours nor single tokens, nor what a
// text is asked.
TEST(EntriesWords, SayWhatTheEntriesAre) {
  SweepResult result = identity(200, {1, 2, -3});
  ASSERT_THAT(summary_text(result, summary_of(result)),
              HasSubstr("nats a token"));
  ASSERT_THAT(passage(result, "checklist"), Not(IsEmpty()));
  result.entries = {.are_tokens = false, .of = "the task", .each = "a prompt"};
  const Summary summary = summary_of(result);
  EXPECT_FALSE(summary.layers[0].removal.effect.second);
  EXPECT_FALSE(summary.layers[0].removal.effect.largest);
  const std::string text = summary_text(result, summary);
  EXPECT_THAT(text, HasSubstr("hurts the task in 2 of 3 layers"));
  EXPECT_THAT(text, HasSubstr("nats a prompt"));
  for (const char* of_tokens : {"token", "second opinion", "questions"})
    EXPECT_THAT(text, Not(HasSubstr(of_tokens)));
}

}  // namespace
}  // namespace excise
