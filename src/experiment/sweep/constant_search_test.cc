// Which constants are tried, on made-up costs.
#include "experiment/sweep/constant_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace excise {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Cost = std::function<double(double)>;

// All rounds; how many there were behind the first.
size_t run(const Cost& cost, ConstantSearch& search,
           std::vector<double> values) {
  for (size_t rounds = 0;; ++rounds) {
    for (const double value : values) search.add({value, cost(value)});
    values = search.next();
    if (values.empty()) return rounds;
  }
}

TEST(CodeRange, IsTheFirstAndLastPercentile) {
  std::vector<double> codes(101);
  std::iota(codes.rbegin(), codes.rend(), 0.0);
  const CodeRange range = code_range(codes);
  EXPECT_DOUBLE_EQ(range.low, 1);
  EXPECT_DOUBLE_EQ(range.high, 99);
  // Between order statistics: 0.02 of the way from the first to the second.
  EXPECT_NEAR(code_range({{10, 20, 30}}).low, 10.2, 1e-12);
  EXPECT_EQ(code_range({{7}}).high, 7);
}

TEST(FirstConstants, AreEven) {
  EXPECT_THAT(first_constants({-7, 7}),
              ElementsAre(-7, -5, -3, -1, 1, 3, 5, 7));
  EXPECT_THAT(first_constants({2, 2}), Each(2));
  // And nothing lies between them.
  ConstantSearch search({2, 2});
  for (const double value : first_constants({2, 2})) search.add({value, 1});
  EXPECT_THAT(search.next(), IsEmpty());
}

TEST(ConstantSearch, RefinesOnceBetweenNeighbours) {
  const CodeRange range{-7, 7};
  ConstantSearch search(range);
  for (const double value : first_constants(range))
    search.add({value, (value - 1.4) * (value - 1.4)});
  EXPECT_EQ(search.tries()[*search.best()].value, 1);
  EXPECT_THAT(search.next(), ElementsAre(-0.5, 0, 0.5, 1.5, 2, 2.5));
  EXPECT_FALSE(search.at_edge());
  // Between those of a value that is no part of the grid, too.
  ConstantSearch with_zero(range);
  with_zero.add({0, -1});
  for (const double value : first_constants(range)) with_zero.add({value, 0});
  EXPECT_THAT(with_zero.next(),
              ElementsAre(-0.75, -0.5, -0.25, 0.25, 0.5, 0.75));
  EXPECT_THAT(with_zero.next(), IsEmpty());
}

TEST(ConstantSearch, WidensAtTheEdgeThatWins) {
  const CodeRange range{0, 16};
  ConstantSearch search(range);
  for (const double value : first_constants(range))
    search.add({value, std::abs(value - 48)});
  const auto wider = search.next();
  EXPECT_THAT(wider, ElementsAre(24, 32, 48, 80));
  for (const double value : wider) search.add({value, std::abs(value - 48)});
  EXPECT_THAT(search.next(), ElementsAre(36, 40, 44, 56, 64, 72));

  ConstantSearch down(range);
  for (const double value : first_constants(range)) down.add({value, value});
  EXPECT_THAT(down.next(), ElementsAre(-64, -32, -16, -8));
}

TEST(ConstantSearch, StopsWhereNoEdgeHolds) {
  const CodeRange range{0, 1};
  ConstantSearch search(range);
  EXPECT_EQ(run([](double x) { return -x; }, search, first_constants(range)),
            kMostWidenings);
  EXPECT_TRUE(search.at_edge());
  EXPECT_THAT(search.tries(),
              SizeIs(kFirstConstants + kMostWidenings * kWiderConstants));
  // 1 + 4, and from there 2, 4, 8, 16 further.
  EXPECT_DOUBLE_EQ(search.tries().back().value, 21);
}

// Beside a brute-force grid of a thousand values, on functions with one valley.
TEST(ConstantSearch, IsAsGoodAsAFineGrid) {
  const CodeRange range{-3, 5};
  for (const double valley : {-2.9, -0.3, 0.0, 1.7, 4.99, 8.0, -20.0, 30.0}) {
    const Cost cost = [&](double x) {
      return std::log1p((x - valley) * (x - valley));
    };
    ConstantSearch search(range);
    EXPECT_LE(run(cost, search, first_constants(range)), kConstantRounds);
    EXPECT_FALSE(search.at_edge()) << valley;
    double least = std::numeric_limits<double>::infinity();
    const double low = search.tries().front().value;
    const double high = search.tries().back().value;
    for (int i = 0; i <= 1000; ++i)
      least = std::min(least, cost(low + (high - low) * i / 1000));
    // Half of the last distance between two tries.
    const size_t best = *search.best();
    const double step =
        std::max(search.tries()[best + 1].value - search.tries()[best].value,
                 search.tries()[best].value - search.tries()[best - 1].value);
    EXPECT_NEAR(search.tries()[best].value, valley, step);
    EXPECT_LE(search.tries()[best].cost, least + std::log1p(step * step));
    for (const ConstantTry& one : search.tries())
      EXPECT_GE(one.cost, search.tries()[best].cost);
  }
}

TEST(ConstantSearch, NumbersThatAreNoneDoNotWin) {
  ConstantSearch search({0, 1});
  EXPECT_FALSE(search.best());
  EXPECT_THAT(search.next(), IsEmpty());
  search.add({0.5, std::nan("")});
  EXPECT_FALSE(search.best());
  search.add({0.6, 1});
  search.add({0.4, 1});
  EXPECT_THAT(search.tries()[*search.best()].value, DoubleNear(0.4, 0));
}

}  // namespace
}  // namespace excise
