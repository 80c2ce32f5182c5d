// What one new token needs, against the operations on whole texts.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include "math/ops/cached_attention.h"
#include "math/ops/reference.h"
#include "math/ops/row_product.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

// A tensor of this type, `offset` bytes into memory that is well aligned.
struct MadeTensor {
  std::vector<std::byte> memory;
  StoredTensor tensor;
  Matrix<float> values;  // what it stores, after rounding

  MadeTensor(size_t rows, size_t cols, DType dtype, size_t offset)
      : memory(rows * cols * dtype_size(dtype) + offset) {
    const std::span<std::byte> bytes = std::span(memory).subspan(offset);
    values = random_matrix(rows, cols, 7);
    convert_from_float(values.values(), dtype, bytes);
    convert_to_float(dtype, bytes, values.values());
    tensor = {"w", dtype, {rows, cols}, bytes};
  }
};

using Case = std::tuple<DType, WeightLayout, size_t>;  // rows
class RowProductTest : public testing::TestWithParam<Case> {};

TEST_P(RowProductTest, EqualsTheDefinition) {
  const auto [dtype, layout, rows] = GetParam();
  const bool in_out = layout == WeightLayout::kInOut;
  // None is a multiple of a vector; of the second threads share the outputs, of
  // the third the inputs where these are the rows.
  for (const auto& [inputs, outputs] :
       {std::pair<size_t, size_t>{7, 5}, {131, 20001}, {2101, 1003}}) {
    const double tolerance = 5e-5 + 1e-7 * static_cast<double>(inputs);
    for (const size_t offset : {size_t{0}, size_t{1}}) {
      const MadeTensor w(in_out ? inputs : outputs, in_out ? outputs : inputs,
                         dtype, offset);
      const auto weight = RowWeight::of(w.tensor, layout);
      ASSERT_TRUE(weight) << weight.error().message;
      const Matrix<float> x = random_matrix(rows, inputs, 1);
      const Matrix<float> bias = random_matrix(1, outputs, 2);
      Matrix<float> y(rows, outputs);
      ASSERT_TRUE(row_product(x, *weight, bias, y));
      for (size_t i = 0; i < rows; ++i) {
        for (size_t j = 0; j < outputs; ++j) {
          double expected = bias(0, j);
          for (size_t k = 0; k < inputs; ++k) {
            const float stored = in_out ? w.values(k, j) : w.values(j, k);
            expected += double{x(i, k)} * double{stored};
          }
          ASSERT_NEAR(y(i, j), expected, tolerance) << i << ", " << j;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RowProductTest,
    testing::Combine(testing::Values(DType::kF32, DType::kF16, DType::kBF16),
                     testing::Values(WeightLayout::kInOut,
                                     WeightLayout::kOutIn),
                     testing::Values(1, 2, 3, 4, 6)));

TEST(RowProductTest, OutputsOfRowsInPairsAreInTheModelsOrder) {
  MadeTensor w(8, 3, DType::kF32, 0);
  w.tensor.d_head_of_pairs = 4;
  const RowWeight weight = *RowWeight::of(w.tensor, WeightLayout::kOutIn);
  Matrix<float> wide(8, 3), reference(2, 8), y(2, 8);
  ASSERT_TRUE(w.tensor.copy_rows(0, wide));
  const Matrix<float> x = random_matrix(2, 3, 1), bias = random_matrix(1, 8, 2);
  ASSERT_TRUE(matmul(x, wide, WeightLayout::kOutIn, reference));
  ASSERT_TRUE(row_product(x, weight, bias, y));
  for (size_t i = 0; i < 2; ++i) {
    for (size_t j = 0; j < 8; ++j)
      EXPECT_NEAR(y(i, j), reference(i, j) + bias(0, j), 1e-6)
          << i << ", " << j;
  }
}

TEST(RowProductTest, RefusesWhatDoesNotFit) {
  const MadeTensor w(4, 3, DType::kF32, 0);
  const RowWeight weight = *RowWeight::of(w.tensor, WeightLayout::kInOut);
  Matrix<float> y(1, 3);
  const auto wide = row_product(Matrix<float>(1, 5), weight, {}, y);
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().code, ErrorCode::kInternal);
  const StoredTensor integers{"w", DType::kI64, {1}, {}};
  EXPECT_EQ(RowWeight::of(integers, WeightLayout::kInOut).error().code,
            ErrorCode::kUnsupported);
}

TEST(CachedAttentionTest, EqualsAttentionOfTheWholeText) {
  for (const size_t n_heads : {size_t{1}, size_t{3}}) {
    const size_t d_model = 33;
    const size_t tokens = 70;
    const AttentionShape shape{n_heads, n_heads, d_model / n_heads, 0.3F, 0, 0};
    const Matrix<float> qkv = random_matrix(tokens, 3 * d_model, 3);
    Matrix<float> expected(tokens, d_model);
    causal_attention(qkv, shape, expected);
    KeyValueCache cache(tokens + 5, d_model);
    Matrix<float> z(tokens, d_model);
    size_t position = 0;
    for (const size_t count : {size_t{50}, size_t{1}, size_t{1}, size_t{18}}) {
      attend_cached(qkv.view().row_range(position, count), position, shape,
                    cache, z.view().row_range(position, count));
      position += count;
    }
    ASSERT_EQ(position, tokens);
    for (size_t i = 0; i < z.size(); ++i) {
      ASSERT_NEAR(z.values()[i], expected.values()[i], 2e-6) << i;
    }
  }
}

}  // namespace
}  // namespace excise
