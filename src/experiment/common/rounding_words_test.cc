#include "experiment/common/rounding_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

namespace excise {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(RoundingWordsTest, SayWhereItWasLookedAt) {
  const std::vector<RoundingError> two = {{0, 1.0, 0.0044}, {6, 2.0, 0.002}};
  EXPECT_EQ(rounding_words(two, CheckRounding::kSample),
            "Products of differences were rounded to bfloat16, which changes "
            "the effects of tokens by at most 0.44 % of their size (root mean "
            "square) for the edit itself at the two layers looked at (layers "
            "0, 6); elsewhere it may be more (--check-rounding all).");
  EXPECT_EQ(rounding_words({{{3, 1.0, 0.01}}}, CheckRounding::kSample),
            "Products of differences were rounded to bfloat16, which changes "
            "the effects of tokens by at most 1 % of their size (root mean "
            "square) for the edit itself at the layer looked at (layer 3); "
            "elsewhere it may be more (--check-rounding all).");
  const std::vector<RoundingError> all = {
      {0, 1.0, 0.0044}, {0, 0.0, 0.0}, {5, 1.0, 0.0095}};
  EXPECT_EQ(rounding_words(all, CheckRounding::kAll),
            "Products of differences were rounded to bfloat16, which changes "
            "the effects of tokens by at most 0.95 % of their size (root mean "
            "square) (layer 5) over all 3 branches, compared with float32.");
}

TEST(RoundingWordsTest, NoErrorNamesNoLayerAndNaNIsNotNone) {
  const std::vector<RoundingError> exact = {{3, 1.0, 0.0}, {5, 1.0, 0.0}};
  EXPECT_THAT(rounding_words(exact, CheckRounding::kAll),
              AllOf(HasSubstr("by at most 0 %"), Not(HasSubstr("(layer"))));
  const double nan = std::nan("");
  for (const RoundingError& error :
       {RoundingError{3, 1.0, nan}, RoundingError{3, nan, nan}}) {
    const std::string text = rounding_words({{error}}, CheckRounding::kSample);
    EXPECT_THAT(text, HasSubstr("(layer 3) the difference is no number."));
    EXPECT_THAT(text, Not(HasSubstr("%")));
    EXPECT_TRUE(std::isnan(error.relative()));
  }
  const std::vector<RoundingError> some = {{3, 1.0, nan}, {5, 1.0, 0.01}};
  EXPECT_THAT(rounding_words(some, CheckRounding::kAll),
              HasSubstr("1 % of their size (root mean square) (layer 5) over "
                        "all 2 branches (1 without a number), compared"));
  EXPECT_THAT(rounding_words({{some[1]}}, CheckRounding::kAll),
              HasSubstr("(layer 5) over the one branch, compared"));
}

TEST(RoundingWordsTest, NoEffectAndNothingLookedAt) {
  EXPECT_EQ(rounding_words({}, CheckRounding::kAll), "");
  EXPECT_EQ(rounding_words({{{2, 0.0, 0.0}}}, CheckRounding::kSample),
            "Products of differences were rounded to bfloat16; where that was "
            "looked at (layer 2) there is no effect to compare with.");
}

}  // namespace
}  // namespace excise
