#include "experiment/concept/concept_choice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "experiment/concept/concept_texts.h"
#include "testing/made_concept.h"

namespace excise {
namespace {

constexpr auto kOff = ConceptSwitch::kOff;
constexpr auto kOn = ConceptSwitch::kOn;

std::vector<LayerConcept> one_layer(std::vector<ConceptCell> cells) {
  std::vector<LayerConcept> layers(1);
  layers[0].cells = std::move(cells);
  return layers;
}

TEST(ConceptChoice, StrongestWithinTheBoundOnItsDamageInEitherDirection) {
  // The damage is the far end of the interval, below 0 as above; a change that
  // crosses 0 has no advantage.
  const auto layers =
      one_layer({made_cell(kOff, 1, made_mean(1, 9), made_mean(0.03, 0.02)),
                 made_cell(kOff, 2, made_mean(3, 9), made_mean(0.00, 0.06)),
                 made_cell(kOff, 4, made_mean(4, 9), made_mean(-0.04, 0.02)),
                 made_cell(kOn, 1, made_mean(9, 9), made_mean(0, 0))});
  const ConceptChoice choice = choose_cell(layers, kOff, 0.05);
  EXPECT_EQ(choice.cell, 0U);
  EXPECT_EQ(choice.rule, ChoiceRule::kWithinBound);
  EXPECT_EQ(choice.tried, 3U);
  EXPECT_EQ(choice.within, 1U);
  EXPECT_EQ(choose_cell(layers, kOff, 0.07).cell, 2U);
}

TEST(ConceptChoice, OnWantsItsWordsMoreLikely) {
  const auto layers =
      one_layer({made_cell(kOn, 1, made_mean(-1, 1), made_mean(0, 0.01)),
                 made_cell(kOn, 2, made_mean(2, 1), made_mean(0, 0.01))});
  EXPECT_EQ(choose_cell(layers, kOn, 0.05).cell, 0U);
}

TEST(ConceptChoice, TakesTheLeastHarmfulWhereNoneQualifies) {
  const auto layers =
      one_layer({made_cell(kOff, 1, made_mean(1, 1), made_mean(0.3, 0.1)),
                 made_cell(kOff, 2, made_mean(5, 1), made_mean(0.9, 0.1))});
  const ConceptChoice choice = choose_cell(layers, kOff, 0.05);
  EXPECT_EQ(choice.cell, 0U);
  EXPECT_EQ(choice.rule, ChoiceRule::kLeastDamage);
}

TEST(ConceptChoice, SaysWhereNoDamageIsKnownAndPassesOverNoNumbers) {
  const MeanInterval one_token{.n = 1, .mean = 0};
  const auto layers =
      one_layer({made_cell(kOff, 1, MeanInterval{.n = 4}, one_token),
                 made_cell(kOff, 2, made_mean(1, 1), one_token)});
  const ConceptChoice choice = choose_cell(layers, kOff, 0.05);
  EXPECT_EQ(choice.cell, 1U);
  EXPECT_EQ(choice.rule, ChoiceRule::kNothingKnown);
}

TEST(MeanIntervalTest, IsThatOfStudent) {
  const std::vector<double> values = {1, 2, 3};
  const MeanInterval mean = mean_interval(values);
  EXPECT_DOUBLE_EQ(mean.mean, 2);
  EXPECT_NEAR(mean.ci95->high - 2, 4.302652729911275 / std::sqrt(3.0), 1e-9);
  EXPECT_FALSE(mean.apart_from_zero());
  const std::vector<double> one = {1};
  EXPECT_FALSE(mean_interval(one).ci95);
  EXPECT_TRUE(std::isinf(mean_interval(one).most_change()));
  // Equal values show no spread, unless nothing changes at all.
  const std::vector<double> equal = {0.5, 0.5}, none = {0, 0};
  EXPECT_DOUBLE_EQ(mean_interval(equal).mean, 0.5);
  EXPECT_FALSE(mean_interval(equal).ci95);
  EXPECT_EQ(mean_interval(none).most_change(), 0);
  EXPECT_FALSE(mean_interval(none).apart_from_zero());
  const std::vector<double> odd = {1, NAN};
  EXPECT_TRUE(std::isnan(mean_interval(odd).mean));
  EXPECT_FALSE(mean_interval(odd).ci95);
}

TEST(ControlText, SplitsBySentencesElseInHalves) {
  using enum TextUse;
  const std::vector<std::string> three = {"A",  " b", ".",  " c",
                                          " d", ".",  " e", "!"};
  EXPECT_EQ(split_control_text(three),
            (std::vector{kFit, kChoose, kChoose, kReport, kReport, kReport,
                         kChoose, kChoose}));
  const std::vector<std::string> one = {"A", " man", " came", " in", "."};
  EXPECT_EQ(split_control_text(one),
            (std::vector{kFit, kChoose, kChoose, kReport, kReport}));
}

}  // namespace
}  // namespace excise
