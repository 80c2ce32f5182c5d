#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace excise {
namespace {

TEST(RandomTest, SameSeedSameNumbersOtherStreamOthers) {
  Random a(1, 2);
  Random b(1, 2);
  Random c(1, 3);
  const uint64_t first = a.bits();
  EXPECT_EQ(first, b.bits());
  EXPECT_NE(first, c.bits());
}

TEST(RandomTest, NormalHasMeanZeroAndVarianceOne) {
  Random random(7);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 0.015);
  EXPECT_NEAR(squares / kDraws, 1.0, 0.02);
}

TEST(RandomTest, ShuffleIsAPermutation) {
  std::array<size_t, 5> values = {0, 1, 2, 3, 4};
  Random(3).shuffle(values);
  std::array<size_t, 5> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, (std::array<size_t, 5>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace excise
