#include "report/bins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace excise {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

TEST(BinsTest, EachFiniteValueIsCountedOnce) {
  Histogram histogram({0, 10}, 5);
  const std::vector<double> values = {0.0, 1.9, 2.0, 10.0, 5.0, NAN, INFINITY};
  for (const double value : values) {
    histogram.add(value);
  }
  EXPECT_THAT(histogram.counts, ElementsAre(2, 1, 1, 0, 1));
  EXPECT_THAT(histogram.middles(), ElementsAre(1, 3, 5, 7, 9));
}

TEST(BinsTest, EqualValuesHaveARangeToo) {
  Histogram histogram({3, 3}, 4);
  histogram.add(3);
  EXPECT_EQ(
      std::accumulate(histogram.counts.begin(), histogram.counts.end(), 0.0),
      1);
  EXPECT_LT(histogram.low, histogram.high);
}

TEST(BinsTest, DensityHasRowsOfY) {
  Density density({0, 2}, 2);
  density.add(0.5, 1.5);
  density.add(0.5, NAN);
  EXPECT_THAT(density.counts, ElementsAre(0, 0, 1, 0));
}

TEST(BinsTest, RangeLeavesOutWhatIsNotFinite) {
  const std::vector<double> values = {NAN, 3, -INFINITY, -1};
  EXPECT_EQ(range_of(values), std::pair(-1.0, 3.0));
  EXPECT_EQ(range_of(std::vector<double>{NAN}), std::pair(0.0, 0.0));
}

TEST(BinsTest, BlocksAreMeans) {
  Matrix<double> matrix(3, 3);
  std::iota(matrix.values().begin(), matrix.values().end(), 0.0);
  const Blocks same = block_means(matrix.view(), 3);
  EXPECT_EQ(same.block, 1U);
  EXPECT_EQ(same.values.size(), 9U);
  EXPECT_EQ(same.values[5], 5);
  const Blocks fewer = block_means(matrix.view(), 2);
  EXPECT_EQ(fewer.block, 2U);
  EXPECT_EQ(fewer.rows, 2U);
  EXPECT_THAT(fewer.values, ElementsAre(DoubleEq(2), DoubleEq(3.5),
                                        DoubleEq(6.5), DoubleEq(8)));
  EXPECT_EQ(block_means(Matrix<double>().view(), 2).values.size(), 0U);
}

}  // namespace
}  // namespace excise
