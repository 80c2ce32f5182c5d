// Each sentence of a median replacement on results that are made up.
#include "experiment/median/median_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "testing/bundled_model.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Made {
  double effect = 0;
  std::optional<double> p = std::nullopt;
};

// One layer for each effect, one share.
MedianResult made_result(const std::vector<Made>& cells, size_t draws = 20) {
  MedianResult result;
  result.spec.percent = {40};
  result.spec.random = draws;
  result.target = 7;
  result.clean.logprob = std::log(0.5);
  for (const Made& made : cells) {
    MedianCell& cell = result.cells.emplace_back();
    cell.layer = result.layers.size();
    cell.percent = 40;
    cell.delta_logprob = made.effect;
    cell.random_p_one_sided = made.p;
    result.layers.push_back(cell.layer);
  }
  return result;
}

std::string passage(const MedianResult& result, const std::string& topic) {
  for (const Passage& one : median_passages(baker(), result))
    if (one.topic == topic) return one.text;
  return "";
}

TEST(MedianSummary, EffectsUpDownAndNone) {
  EXPECT_EQ(
      passage(made_result({{std::log(2)}, {-1}, {0.25}}), "worst"),
      "Setting the largest MLP pre-activations of the last token to their "
      "median costs it most at layer 0 with 40 %: 0.69 nats, from p = 0.5 "
      "to 0.25. The next layer is 2, with 0.25 nats at 40 %.");
  EXPECT_THAT(passage(made_result({{1}, {-1}, {0}}), "signs"),
              HasSubstr("Of the 3 combinations of layer and share, 1 make the "
                        "target less likely, 1 more likely, and 0 change"));
  const std::string down = passage(made_result({{-1}, {-2}}), "worst");
  EXPECT_THAT(down, HasSubstr("makes it less likely nowhere."));
  EXPECT_THAT(down, Not(HasSubstr("costs")));
  EXPECT_THAT(passage(made_result({{0}, {0}}), "worst"),
              HasSubstr("less likely nowhere, nor more likely."));
  EXPECT_THAT(passage(made_result({{1}}), "worst"),
              Not(HasSubstr("next layer")));
  EXPECT_THAT(passage(made_result({{1}}), "signs"),
              HasSubstr("Of the 1 combination of layer"));
  EXPECT_EQ(passage(made_result({{std::nan("")}}), "worst"),
            "No effect is a number.");
}

TEST(MedianSummary, NamesWhatWasReplacedAndTheFirstChoice) {
  MedianResult result = made_result({{1}});
  EXPECT_THAT(passage(result, "worst"),
              HasSubstr("the largest MLP pre-activations of the last token to "
                        "their median costs"));
  result.spec.by = TopBy::kMagnitude;
  result.spec.rows = MedianRows::kAll;
  result.spec.replace_with = Replacement::kZero;
  EXPECT_THAT(passage(result, "worst"),
              HasSubstr("the largest (by magnitude) MLP pre-activations of "
                        "every token to 0 costs"));
  result.spec.replace_with = Replacement::kMean;
  EXPECT_THAT(passage(result, "worst"), HasSubstr("to their mean costs"));
  result.clean_rank = 1;
  EXPECT_THAT(passage(result, "target"), HasSubstr(" p = 0.5 (rank 1)."));
  EXPECT_THAT(passage(result, "target"), Not(HasSubstr("first choice")));
  result.clean_rank = 2;
  EXPECT_THAT(passage(result, "target"),
              HasSubstr("(rank 2). Its first choice is \""));
}

// Wherever a cell that is no number stands, the others are told.
TEST(MedianSummary, PassesOverWhatIsNoNumber) {
  for (const std::vector<Made>& cells : {std::vector<Made>{{NAN}, {2}, {1}},
                                         {{2}, {NAN}, {1}},
                                         {{2}, {1}, {NAN}}}) {
    const std::string text = passage(made_result(cells), "worst");
    EXPECT_THAT(text, HasSubstr("2.00 nats"));
    EXPECT_THAT(text, HasSubstr("with 1.00 nats at 40 %"));
  }
  EXPECT_EQ(passage(made_result({{NAN}, {NAN}}), "worst"),
            "No effect is a number.");
}

TEST(MedianSummary, RandomNeuronsAboveBelowAndTooFew) {
  EXPECT_EQ(
      passage(made_result({{1, 0.04}, {1, 0.05}, {1, 0.5}, {1, 0.04}}),
              "random"),
      "In 2 of 4 combinations (layers 0, 3) the largest neurons lower the "
      "target "
      "more, or raise it less, than as many random ones (20 draws, one-sided p "
      "< 0.05); chance alone would "
      "put 0.19 of 4 combinations there, and at least one with probability 18 "
      "% "
      "if combinations were independent.");
  EXPECT_THAT(passage(made_result({{1, 0.9}, {1, 1.0}}), "random"),
              HasSubstr("In 0 of 2 combinations the largest"));
  EXPECT_THAT(passage(made_result({{1, 0.04}, {1, 0.04}}), "random"),
              HasSubstr("In 2 of 2 combinations (layers 0, 1)"));
  EXPECT_EQ(passage(made_result({{1, 0.1}}, 6), "random"),
            "The largest neurons cannot be told from random ones: with 6 draws "
            "no one-sided p is below 0.14: that takes 20.");
  EXPECT_THAT(passage(made_result({{1}}, 0), "random"),
              HasSubstr("not measured (--random 20)"));
  EXPECT_EQ(passage(made_result({{std::nan("")}}), "random"), "");
}

}  // namespace
}  // namespace excise
