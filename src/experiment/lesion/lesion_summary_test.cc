// Each sentence of a t-lesion on results that are made up.
#include "experiment/lesion/lesion_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "experiment/lesion/lesion_headline.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Made {
  double loss = 0;
  std::optional<double> q = 0.5;
  std::optional<double> p = std::nullopt;  // of random groups
  double own = 0.4, other = 0.1;           // losses of the two words' logits
};

GroupLesion group(const Made& made, size_t own) {
  GroupLesion group;
  group.zeroed = 2;
  group.mean_abs_delta_logit = std::abs(made.loss);
  group.mean_delta_logit[own] = made.own;
  group.mean_delta_logit[1 - own] = made.other;
  group.selective_loss.mean = made.loss;
  group.selective_loss.q = made.q;
  if (made.q) group.selective_loss.t = made.loss > 0 ? 3 : -3;
  group.random_p_one_sided = made.p;
  return group;
}

// One layer for each of `first`; the second word's groups have no neurons.
LesionResult made_result(const std::vector<Made>& first, size_t draws = 20) {
  LesionResult result;
  result.spec.pairs.first_word = "him";
  result.spec.pairs.second_word = "her";
  result.spec.random = draws;
  result.fitted = {0, 1, 2};
  for (size_t line = 2; line < 10; ++line)
    result.tests.emplace_back().pair_line = line;
  for (const Made& made : first) {
    LayerLesion& layer = result.lesions.emplace_back();
    layer.groups.layer = result.layers.size();
    layer.groups.t = {9, 8, 0, 0};
    layer.groups.first = {0, 1};
    layer.first = group(made, 0);
    result.layers.push_back(layer.groups.layer);
  }
  return result;
}

std::string passage(const LesionResult& result, const std::string& topic) {
  for (const Passage& one : lesion_passages(result))
    if (one.topic == topic) return one.text;
  return "";
}

TEST(LesionSummary, TellsBothSidesByTheirTests) {
  // Four signs are positive, of which one is beyond chance; one is beyond it
  // the other way.
  const LesionResult result = made_result({{0.8, 0.01, 0.04},
                                           {0.1, 0.4, 0.3},
                                           {-0.6, 0.02, 1.0},
                                           {0.2, 0.3, 0.5},
                                           {0.1, 0.9, 0.5}});
  const GroupHeadline headline = group_headline(result, true);
  EXPECT_THAT(headline.layers_positive, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(headline.layers_against, ElementsAre(0));
  EXPECT_THAT(headline.layers_towards, ElementsAre(2));
  EXPECT_THAT(headline.layers_beyond_random, ElementsAre(0));
  EXPECT_EQ(
      passage(result, "first"),
      "Zeroing those for \"him\" turns its balance with \"her\" against it in "
      "1 "
      "of 5 layers (0) and towards it in 1 of 5 layers (2), by a test over "
      "places (q < 0.05); the own loss is above 0 in 4 of 5 layers by sign "
      "alone, as about half would be by chance. Most against it is layer 0: "
      "own "
      "loss +0.80 logits (t = 3.00, q = 0.01); \"him\" loses 0.40 and \"her\" "
      "loses 0.10 there.");
  EXPECT_EQ(passage(result, "second"),
            "No layer has neurons for \"her\" to zero.");
  EXPECT_EQ(
      passage(result, "random"),
      "Beside 20 draws of random groups of the same size (one-sided p < 0.05) "
      "the own loss is larger for those for \"him\" in 1 of 5 layers (0); "
      "chance alone would put 0.24 of 5 comparisons there, and at least one "
      "with probability 22 % if comparisons were independent.");
}

TEST(LesionSummary, ClaimsNothingForAWordBesideANegativeLoss) {
  const LesionResult result = made_result({{-0.3, 0.01}, {-0.1, 0.02}});
  const std::string text = passage(result, "first");
  EXPECT_THAT(text, HasSubstr("against it in 0 of 2 layers and towards it in 2 "
                              "of 2 layers, by"));
  EXPECT_THAT(text, HasSubstr("above 0 in 0 of 2 layers"));
  EXPECT_THAT(text,
              HasSubstr("Its largest own loss -0.10 logits (t = -3.00, q = "
                        "0.02), at layer 1, is not above 0."));
  EXPECT_THAT(text, Not(HasSubstr("Most against")));
  EXPECT_THAT(text, Not(HasSubstr("costs")));
}

TEST(LesionSummary, SaysWhatTheWordsThemselvesDo) {
  // The balance turns because the other word gains more.
  const LesionResult result =
      made_result({{0.5, 0.01, 0.04, -0.2, -0.7}, {0.1, 0.9, 0.5}});
  EXPECT_THAT(passage(result, "first"),
              HasSubstr("\"him\" gains 0.20 and \"her\" gains 0.70 there."));
  const LesionResult kept = made_result({{0.5, 0.01, 0.04, 0.5, 0.001}});
  EXPECT_THAT(
      passage(kept, "first"),
      HasSubstr("\"him\" loses 0.50 and \"her\" keeps its logit there."));
}

TEST(LesionSummary, NullAllSignificantAndAllEqual) {
  EXPECT_THAT(passage(made_result({{0.1, 0.8}, {-0.1, 0.8}}), "first"),
              HasSubstr("in 0 of 2 layers and towards it in 0 of 2 layers"));
  EXPECT_THAT(passage(made_result({{0.1, 0.01}, {0.3, 0.01}}), "first"),
              HasSubstr("in 2 of 2 layers and towards it in 0 of 2 layers"));
  // Nothing changes anywhere, and there is no t of equal values.
  const LesionResult equal =
      made_result({{0, std::nullopt, 1.0, 0, 0}, {0, std::nullopt, 1.0, 0, 0}});
  EXPECT_THAT(passage(equal, "first"),
              HasSubstr("above 0 in 0 of 2 layers by sign alone; no"));
  EXPECT_THAT(passage(equal, "first"), HasSubstr("no test over places"));
  EXPECT_THAT(
      passage(equal, "first"),
      HasSubstr("Its largest own loss 0.00 logits, at layer 0, is not"));
  EXPECT_THAT(passage(equal, "size"), HasSubstr("do not change."));
  EXPECT_THAT(passage(equal, "neurons"),
              HasSubstr("50.0 % of the neurons of every layer"));
  // A q exactly at the limit is none.
  EXPECT_THAT(group_headline(made_result({{0.1, 0.05}}), true).layers_against,
              IsEmpty());
}

TEST(LesionSummary, OneLayerAndOnePlace) {
  LesionResult result = made_result({{0.5, std::nullopt, 0.04}});
  result.tests.resize(1);
  result.tests[0].pair_line.reset();
  result.spec.tests = {"They saw him."};
  EXPECT_THAT(passage(result, "neurons"),
              HasSubstr("50.0 % of the neurons of layer 0 tell"));
  EXPECT_THAT(passage(result, "size"),
              HasSubstr("in 1 place of the test sentences, the logits of the "
                        "two words change by 0.50 on average."));
  EXPECT_EQ(passage(result, "places"),
            "One place allows no test over places; --hold-out gives more.");
  result.tests.push_back(result.tests[0]);
  EXPECT_EQ(passage(result, "places"),
            "A test over 2 places finds little; --hold-out gives more. Places "
            "in one sentence are not independent.");
  EXPECT_EQ(passage(made_result({{0.5}}), "places"), "");
}

TEST(LesionSummary, RandomGroupsAboveBelowAndTooFew) {
  EXPECT_THAT(
      passage(made_result({{0.5, 0.01, 0.04}, {0.5, 0.01, 0.04}}), "random"),
      HasSubstr("\"him\" in 2 of 2 layers;"));
  EXPECT_THAT(
      passage(made_result({{0.5, 0.01, 1.0}, {0.5, 0.01, 1.0}}), "random"),
      HasSubstr("\"him\" in 0 of 2 layers;"));
  EXPECT_EQ(passage(made_result({{0.5, 0.01, 0.1}}, 5), "random"),
            "The groups cannot be told from random ones of their size: with 5 "
            "draws no one-sided p is below 0.17: that takes 20.");
  EXPECT_THAT(passage(made_result({{0.5}}, 0), "random"),
              HasSubstr("was not measured (--random 20)"));
}

TEST(LesionSummary, CountsOfTheLayersThatAreTested) {
  LesionResult result =
      made_result({{0.8, 0.01, 0.04}, {0.1, 0.4, 0.3}, {0.1}});
  result.lesions[2].first.zeroed = 0;
  EXPECT_THAT(passage(result, "first"), HasSubstr("in 1 of 2 layers (0)"));
  EXPECT_THAT(passage(result, "random"), HasSubstr("in 1 of 2 layers (0);"));
}

TEST(LesionSummary, OnlyAnEffectIsAgainstIt) {
  EXPECT_THAT(passage(made_result({{0.02, 0.9}, {0.01, 0.9}}), "first"),
              HasSubstr("by chance. Its largest own loss +0.02 logits (t = "
                        "3.00, q = 0.9), is at layer 0; \"him\" loses 0.40"));
  // One sign is no count.
  EXPECT_THAT(passage(made_result({{0.8, 0.01}}), "first"),
              HasSubstr("above 0 in 1 of 1 layer by sign alone. Most"));
}

TEST(LesionSummary, BothGroupsBesideRandomOnesAndTheRangeOfNeurons) {
  LesionResult result = made_result({{0.8, 0.01, 0.04}, {0.1, 0.4, 0.3}});
  for (LayerLesion& layer : result.lesions) {
    layer.groups.second = {2};
    layer.second = group({0.2, 0.3, 0.5}, 1);
  }
  result.lesions[1].groups.first = {0};
  result.lesions[1].first.mean_abs_delta_logit = 4;
  EXPECT_THAT(passage(result, "random"),
              HasSubstr("for those for \"him\" in 1 of 2 layers (0), for those "
                        "for \"her\" in 0 of 2 layers; chance alone would put "
                        "0.19 of 4"));
  EXPECT_THAT(passage(result, "neurons"),
              HasSubstr("50.0 % (layer 1) to 75.0 % (layer 0) of the neurons"));
  EXPECT_THAT(passage(result, "size"),
              HasSubstr("change most at layer 1, by 2.10"));
}

TEST(LesionSummary, WhatIsNoNumberIsNotCounted) {
  const LesionResult result =
      made_result({{std::nan(""), std::nullopt, std::nullopt}, {0.2, 0.01}});
  const GroupHeadline headline = group_headline(result, true);
  EXPECT_EQ(headline.zeroed, 1U);
  EXPECT_EQ(*headline.strongest, 1U);
  EXPECT_THAT(passage(made_result({{std::nan(""), std::nullopt}}), "first"),
              HasSubstr("No own loss of those for \"him\" is a number."));
  LesionResult sizes = made_result({{std::nan("")}, {0.2, 0.01}});
  EXPECT_THAT(passage(sizes, "size"), HasSubstr("change most at layer 1, by"));
  sizes.lesions.resize(1);
  EXPECT_THAT(passage(sizes, "size"), HasSubstr("are no numbers."));
  EXPECT_FALSE(lesion_summary(result).empty());
  EXPECT_EQ(lesion_summary(LesionResult()), "No layer was lesioned.");
}

}  // namespace
}  // namespace excise
