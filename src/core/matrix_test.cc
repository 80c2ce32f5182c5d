#include "core/matrix.h"

#include <gtest/gtest.h>

#include <limits>

namespace excise {
namespace {

TEST(MatrixTest, StartsAtZeroAndIsAligned) {
  const Matrix<float> matrix(3, 5);
  for (float value : matrix.values()) EXPECT_EQ(value, 0.0F);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(matrix.data()) % 64, 0U);
}

TEST(MatrixTest, OverflowingSizeIsBadAlloc) {
  constexpr size_t kHuge = std::numeric_limits<size_t>::max() / 2;
  EXPECT_THROW(Matrix<float>(kHuge, 3), std::bad_alloc);
  EXPECT_THROW(Matrix<double>(kHuge, 1), std::bad_alloc);
  EXPECT_FALSE(checked_product(kHuge, 3));
  EXPECT_EQ(checked_product(6, 7), 42U);
}

TEST(MatrixTest, RangesKeepTheStride) {
  Matrix<int> matrix(4, 6);
  for (size_t i = 0; i < 24; ++i) matrix.values()[i] = static_cast<int>(i);
  const MatrixView<int> part = matrix.view().row_range(1, 2).col_range(2, 3);
  EXPECT_EQ(part(0, 0), 8);
  EXPECT_EQ(part(1, 2), 16);
  EXPECT_FALSE(part.contiguous());
}

TEST(MatrixTest, MovedFromIsEmpty) {
  Matrix<int> from(2, 2);
  const Matrix<int> to = std::move(from);
  EXPECT_TRUE(
      from.empty());  // NOLINT: the state after the move is what is tested
  EXPECT_EQ(to.size(), 4U);
}

}  // namespace
}  // namespace excise
