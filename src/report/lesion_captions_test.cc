// What the captions of a lesion's figures conclude, and what they must not.
#include "report/lesion_captions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace excise {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

nlohmann::json group(double mean, double q, double p, size_t draws) {
  nlohmann::json json = {{"selective_loss", {{"mean", mean}, {"q", q}}}};
  if (draws > 0) {
    json["random"] = {{"draws", draws},
                      {"selective_loss_p_one_sided", p},
                      {"mean_abs_delta_logit_p_one_sided", p}};
  }
  return json;
}

// Layers 0 and 1 with the given groups for both words.
ResultFolder folder(const nlohmann::json& at_0, const nlohmann::json& at_1,
                    double percent_0 = 20, double percent_1 = 40) {
  ResultFolder made;
  made.layers = {0, 1};
  made.results = {{"words", {{"first", "him"}, {"second", "her"}}},
                  {"manifest", {{"spec", {{"q", 0.05}}}}}};
  made.results["layers"] = {{{"layer", 0}, {"significant_percent", percent_0}},
                            {{"layer", 1}, {"significant_percent", percent_1}}};
  const nlohmann::json entries[] = {at_0, at_1};
  for (size_t row = 0; row < 2; ++row) {
    made.results["layers"][row]["zeroed_first"] = entries[row];
    made.results["layers"][row]["zeroed_second"] = entries[row];
  }
  return made;
}

ResultFolder shares(double percent_0, double percent_1) {
  return folder(group(1, 0.01, 0, 0), group(1, 0.01, 0, 0), percent_0,
                percent_1);
}

const char* const kOwn = "/random/selective_loss_p_one_sided";

std::string beside(double p_0, double p_1, size_t draws) {
  const auto made =
      folder(group(1, 0.01, p_0, draws), group(1, 0.01, p_1, draws));
  return random_caption(made, lesion_groups(made)[0], kOwn);
}

std::string balance(const nlohmann::json& at_0, const nlohmann::json& at_1) {
  const auto made = folder(at_0, at_1);
  return balance_caption(made, lesion_groups(made)[0]);
}

TEST(LesionCaptionsTest, ManyNeuronsSayLittleOfOne) {
  EXPECT_THAT(neurons_caption(shares(86, 98)), HasSubstr("says little of it"));
  EXPECT_THAT(neurons_caption(shares(49, 98)),
              Not(HasSubstr("says little of it")));
  EXPECT_THAT(neurons_caption(shares(49, 98)),
              HasSubstr("49 % (layer 0) to 98 % (layer 1)"));
  EXPECT_THAT(neurons_caption(shares(1, 4)),
              HasSubstr("at most 4 % (layer 1)"));
}

TEST(LesionCaptionsTest, SizeSpeaksOnlyBesideRandomGroups) {
  EXPECT_THAT(size_caption(shares(20, 40)), HasSubstr("was not tried"));
  // 20 draws: p can be 1/21, which is below the limit; of 4 comparisons 4/21.
  const auto made = folder(group(1, 0.01, 0.04, 20), group(1, 0.01, 0.5, 20));
  EXPECT_THAT(size_caption(made), HasSubstr("In 2 of 4 comparisons"));
  EXPECT_THAT(size_caption(made), HasSubstr("chance would make it 0.19"));
  EXPECT_THAT(size_caption(made), Not(HasSubstr("was not tried")));
}

TEST(LesionCaptionsTest, BalanceIsToldWhereItsTestTellsIt) {
  const auto more = group(1, 0.01, 0, 0), less = group(-1, 0.01, 0, 0);
  const auto unsure = group(1, 0.2, 0, 0), untested = group(1, NAN, 0, 0);
  EXPECT_THAT(
      balance(more, unsure),
      HasSubstr(
          "loses more than \u201Cher\u201D at layer 0 (q < 0.05); elsewhere"));
  EXPECT_THAT(balance(more, more), Not(HasSubstr("elsewhere")));
  EXPECT_THAT(balance(more, less), HasSubstr("at layer 0, less at layer 1"));
  EXPECT_THAT(balance(less, unsure), HasSubstr("loses less than"));
  EXPECT_THAT(balance(unsure, unsure), StartsWith("At no layer is it told"));
  EXPECT_THAT(balance(untested, untested), HasSubstr("takes two tests"));
}

TEST(LesionCaptionsTest, RandomGroupsGiveChanceToo) {
  EXPECT_THAT(beside(0.04, 0.5, 20), HasSubstr("at layer 0 (one-sided p"));
  EXPECT_THAT(beside(0.04, 0.5, 20),
              HasSubstr("chance would put 0.095 of 2 layers there"));
  EXPECT_THAT(beside(0.3, 0.5, 20), HasSubstr("at no layer"));
  // 19 draws give p = 0.05 at best, which is not below it.
  EXPECT_THAT(beside(0.05, 0.5, 19), HasSubstr("cannot tell"));
  EXPECT_THAT(beside(0.05, 0.5, 19), HasSubstr("--random 20"));
  EXPECT_EQ(beside(0, 0, 0), "");
}

TEST(LesionCaptionsTest, TestsAreToldApartFromZeroOrNot) {
  const auto made = folder(group(1, 0.01, 0, 0), group(-1, 0.2, 0, 0));
  EXPECT_THAT(tests_caption(made, 0), HasSubstr("+1 logits, above 0"));
  EXPECT_THAT(tests_caption(made, 1), HasSubstr("not told apart from 0"));
  EXPECT_THAT(tests_caption(made, 1), Not(HasSubstr("below 0")));
  const auto untested = folder(group(1, NAN, 0, 0), group(1, NAN, 0, 0));
  EXPECT_THAT(tests_caption(untested, 0), HasSubstr("has no test here"));
}

TEST(LesionCaptionsTest, SomeOfTheNeuronsMayBeChance) {
  EXPECT_THAT(t_caption(shares(20, 0), 0),
              HasSubstr("20 % of the neurons tell the words apart (q at most "
                        "0.05): of these, 5 %"));
  EXPECT_THAT(t_caption(shares(20, 0), 1), StartsWith("No neuron tells"));
}

}  // namespace
}  // namespace excise
