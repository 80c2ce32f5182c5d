#include "intervention/top_replacement.h"

#include <gtest/gtest.h>

namespace excise {
namespace {

const std::vector<float> kRow = {3, -9, 5, 0, 5, 1};

TEST(TopReplacement, CountsAsIfWithoutRounding) {
  EXPECT_EQ(top_count(29, 100), 29U);
  EXPECT_EQ(top_count(10, 768), 76U);
  EXPECT_EQ(top_count(90, 768), 691U);
  EXPECT_EQ(top_count(0, 768), 0U);
  EXPECT_EQ(top_count(100, 768), 768U);
}

TEST(TopReplacement, RanksBySignedValueOrMagnitude) {
  EXPECT_EQ(ranked_neurons(kRow, TopBy::kValue),
            (std::vector<size_t>{2, 4, 0, 5, 3, 1}));
  EXPECT_EQ(ranked_neurons(kRow, TopBy::kMagnitude),
            (std::vector<size_t>{1, 2, 4, 0, 5, 3}));
}

TEST(TopReplacement, MedianIsTheSmallerMiddleValue) {
  EXPECT_EQ(replacement_value(kRow, Replacement::kMedian), 1);
  EXPECT_EQ(
      replacement_value(std::vector<float>{2, 7, 1}, Replacement::kMedian), 2);
  EXPECT_FLOAT_EQ(replacement_value(kRow, Replacement::kMean), 5.0F / 6);
  EXPECT_EQ(replacement_value(kRow, Replacement::kZero), 0);
}

TEST(TopReplacement, ChangesTheChosenNeuronsOnly) {
  std::vector<float> delta(kRow.size(), 99);
  replacement_change(kRow, std::vector<size_t>{2, 0}, 1, delta);
  EXPECT_EQ(delta, (std::vector<float>{-2, 0, -4, 0, 0, 0}));
}

TEST(TopReplacement, NamesAreReadBack) {
  for (const TopBy by : {TopBy::kValue, TopBy::kMagnitude})
    EXPECT_EQ(parse_top_by(top_by_name(by)), by);
  for (const Replacement with :
       {Replacement::kMedian, Replacement::kMean, Replacement::kZero})
    EXPECT_EQ(parse_replacement(replacement_name(with)), with);
  EXPECT_FALSE(parse_top_by("size"));
  EXPECT_FALSE(parse_replacement("mode"));
}

}  // namespace
}  // namespace excise
