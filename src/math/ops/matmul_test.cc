#include "math/ops/matmul.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "core/random.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

constexpr char kNoBf16[] = "oneDNN multiplies bfloat16 with AVX-512 only";

MatmulWeight borrowed(MatrixView<const float> w, WeightLayout layout) {
  MatmulWeight weight;
  EXPECT_TRUE(weight.borrow(w, layout));
  return weight;
}

// x [m, k] times w [k, n], in double.
Matrix<double> oracle(MatrixView<const float> x, MatrixView<const float> w) {
  Matrix<double> y(x.rows(), w.cols());
  for (size_t i = 0; i < x.rows(); ++i) {
    for (size_t k = 0; k < x.cols(); ++k) {
      for (size_t j = 0; j < w.cols(); ++j)
        y(i, j) += double{x(i, k)} * double{w(k, j)};
    }
  }
  return y;
}

void expect_near(MatrixView<const float> y, const Matrix<double>& expected,
                 double tolerance) {
  for (size_t i = 0; i < y.rows(); ++i) {
    for (size_t j = 0; j < y.cols(); ++j) {
      ASSERT_NEAR(y(i, j), expected(i, j), tolerance) << i << ", " << j;
    }
  }
}

// The product may have its stack pointer in the heap when a signal comes.
TEST(MatmulTest, KeepsSignalHandlersOffItsStack) {
  std::thread([] {
    const Matrix<float> x = random_matrix(2, 3, 1), w = random_matrix(3, 4, 2);
    Matrix<float> y(2, 4);
    ASSERT_TRUE(matmul(x, w, WeightLayout::kInOut, y));
    stack_t now = {};
    ASSERT_EQ(sigaltstack(nullptr, &now), 0);
    EXPECT_EQ(now.ss_flags & SS_DISABLE, 0);
  }).join();
}

TEST(MatmulTest, PacksOnTheWay) {
  if (!can_multiply_bf16()) GTEST_SKIP() << kNoBf16;
  for (const auto& [inputs, outputs] :
       {std::pair<size_t, size_t>{1600, 4800}, {6400, 640}, {50, 70}}) {
    const Matrix<float> w = random_matrix(inputs, outputs, 2);
    const Matrix<float> x = random_matrix(9, inputs, 1);
    Matrix<float> expected = random_matrix(9, outputs, 3);
    Matrix<float> y = expected.clone();
    ASSERT_TRUE(matmul(x, borrowed(w, WeightLayout::kInOut), expected, true));
    MatmulWeight packed, on_the_way;
    ASSERT_TRUE(packed.pack_bf16(w, WeightLayout::kInOut, 33));
    ASSERT_TRUE(matmul_and_pack(x, w, y, true, 33, on_the_way));
    for (size_t i = 0; i < y.size(); ++i)
      ASSERT_NEAR(y.values()[i], expected.values()[i], 2e-3) << i;
    Matrix<BFloat16> rounded(9, inputs);
    round_to_bfloat16(x.values(), rounded.values());
    const MatrixView<const BFloat16> input = rounded.view();
    ASSERT_TRUE(matmul(input, packed, expected));
    ASSERT_TRUE(matmul(input, on_the_way, y));
    EXPECT_TRUE(std::ranges::equal(y.values(), expected.values()))
        << inputs << " x " << outputs;
  }
}

// Those that are stored the other way round go through oneDNN's reorder.
TEST(MatmulTest, OwnPackingOfBFloat16IsThatOfOneDnn) {
  if (!can_multiply_bf16()) GTEST_SKIP() << kNoBf16;
  for (const auto& [inputs, outputs] :
       {std::pair<size_t, size_t>{96, 128}, {64, 192}, {320, 1600}, {50, 70}}) {
    const Matrix<float> w = random_matrix(inputs, outputs, 2);
    Matrix<float> transposed(outputs, inputs);
    for (size_t i = 0; i < inputs; ++i) {
      for (size_t j = 0; j < outputs; ++j) transposed(j, i) = w(i, j);
    }
    const Matrix<float> wide = random_matrix(33, inputs, 1);
    Matrix<BFloat16> x(33, inputs);
    round_to_bfloat16(wide.values(), x.values());
    Matrix<float> own(33, outputs);
    Matrix<float> theirs(33, outputs);
    MatmulWeight weight;
    weight.pack_bf16(w, WeightLayout::kInOut, 33);
    ASSERT_TRUE(matmul(MatrixView<const BFloat16>(x.view()), weight, own));
    weight.pack_bf16(transposed, WeightLayout::kOutIn, 33);
    ASSERT_TRUE(matmul(MatrixView<const BFloat16>(x.view()), weight, theirs));
    EXPECT_TRUE(std::ranges::equal(own.values(), theirs.values()))
        << inputs << " x " << outputs;
  }
}

TEST(MatmulTest, EveryLayoutGivesTheSameProduct) {
  for (const size_t rows : {1, 7, 70}) {
    const Matrix<float> x = random_matrix(rows, 96, 1);
    const Matrix<float> w = random_matrix(96, 130, 2);
    Matrix<float> transposed(130, 96);
    for (size_t i = 0; i < 96; ++i) {
      for (size_t j = 0; j < 130; ++j) transposed(j, i) = w(i, j);
    }
    const Matrix<double> expected = oracle(x, w);
    Matrix<float> y(rows, 130);
    MatmulWeight packed;
    const auto check = [&](const MatmulWeight& weight) {
      ASSERT_TRUE(matmul(x, weight, y));
      expect_near(y, expected, 1e-4);
    };
    check(borrowed(w, WeightLayout::kInOut));
    check(borrowed(transposed, WeightLayout::kOutIn));
    ASSERT_TRUE(packed.pack(w, WeightLayout::kInOut, rows));
    check(packed);
    ASSERT_TRUE(packed.pack(transposed, WeightLayout::kOutIn, 512));
    check(packed);
  }
}

// The plain loop of oneDNN is some hundred times slower. 48 x 512: the head of
// a small model.
TEST(MatmulTest, PackedWeightsHaveAKernel) {
  for (const auto& [inputs, outputs] :
       {std::pair<size_t, size_t>{48, 512}, {512, 48}, {48, 192}, {20, 36}}) {
    const Matrix<float> w = random_matrix(outputs, inputs, 3);
    for (const size_t rows : {60, 296, 512}) {
      MatmulWeight packed;
      ASSERT_TRUE(packed.pack(w.view(), WeightLayout::kOutIn, rows));
      for (const size_t of_product : {size_t{1}, size_t{60}, rows})
        EXPECT_TRUE(has_kernel(packed, of_product))
            << inputs << " x " << outputs << ", " << of_product;
    }
  }
}

TEST(MatmulTest, AccumulatesIntoStridedRows) {
  const Matrix<float> wide = random_matrix(5, 64, 3);
  const MatrixView<const float> x = wide.view().col_range(16, 32);
  const Matrix<float> w = random_matrix(32, 24, 4);
  Matrix<float> y(5, 40);
  for (float& value : y.values()) value = 1.0F;
  const MatmulWeight weight = borrowed(w, WeightLayout::kInOut);
  ASSERT_TRUE(matmul(x, weight, y.view().col_range(8, 24), true));
  Matrix<double> expected = oracle(x, w);
  for (double& value : expected.values()) value += 1.0;
  expect_near(y.view().col_range(8, 24), expected, 1e-4);
  EXPECT_EQ(y(0, 7), 1.0F);
  EXPECT_EQ(y(4, 32), 1.0F);
}

TEST(MatmulTest, Bf16ProductsAreExactForBf16Values) {
  if (!can_multiply_bf16()) GTEST_SKIP() << kNoBf16;
  // Small integers have at most 8 significant bits.
  Matrix<float> x(6, 64);
  Matrix<float> w(64, 48);
  Matrix<BFloat16> x16(6, 64);
  Random random(5);
  const auto small = [&] {
    return static_cast<float>(random.below(17)) - 8.0F;
  };
  for (float& value : w.values()) value = small();
  for (size_t i = 0; i < x.size(); ++i) {
    x.values()[i] = small();
    const auto bits = std::bit_cast<uint32_t>(x.values()[i]);
    x16.values()[i].bits = static_cast<uint16_t>(bits >> 16);
  }
  Matrix<float> y(6, 48);
  MatmulWeight weight;
  weight.pack_bf16(w, WeightLayout::kInOut, 6);
  const Status status = matmul(x16.view(), weight, y);
  ASSERT_TRUE(status) << status.error().message;
  expect_near(y, oracle(x, w), 0.0);
}

TEST(MatmulTest, WrongShapeIsAnError) {
  const Matrix<float> x(2, 3);
  const Matrix<float> w(4, 5);
  Matrix<float> y(2, 5);
  const Status status = matmul(x, w, WeightLayout::kInOut, y);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace excise
