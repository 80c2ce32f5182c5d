// The vectorised operations against reference.h.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "math/ops/activation.h"
#include "math/ops/attention.h"
#include "math/ops/cached_attention.h"
#include "math/ops/reference.h"
#include "testing/expect_difference.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

constexpr size_t kBlocks = 3;

class DifferenceTest
    : public testing::TestWithParam<std::pair<size_t, size_t>> {};

TEST_P(DifferenceTest, Activations) {
  const auto [tokens, width] = GetParam();
  const Matrix<float> x = random_matrix(tokens, width, 5, 3);
  const Matrix<float> delta = random_matrix(kBlocks * tokens, width, 6);
  for (const Activation activation : {Activation::kGeluTanh, Activation::kGelu,
                                      Activation::kRelu, Activation::kSilu}) {
    Matrix<float> clean = x.clone();
    activate(activation, clean, clean);
    Matrix<float> fast(tokens, width);
    activate_rows(activation, x, fast);
    for (size_t i = 0; i < clean.size(); ++i) {
      ASSERT_NEAR(fast.values()[i], clean.values()[i], 2e-6);
    }
    Matrix<float> out(kBlocks * tokens, width);
    activation_difference(activation, x, fast, delta, out);
    for (size_t b = 0; b < kBlocks; ++b) {
      Matrix<float> edited = changed(x, delta, b);
      activate(activation, edited, edited);
      expect_difference(edited, clean, out, b, 4e-6);
    }
    Matrix<BFloat16> rounded(kBlocks * tokens, width);
    activation_difference(activation, x, fast, delta, rounded.view());
    expect_rounded(rounded, out);
  }
}

TEST_P(DifferenceTest, Attention) {
  const auto [tokens, width] = GetParam();
  for (const size_t n_heads : {1, 2}) {
    const AttentionShape shape{n_heads, n_heads, width / n_heads, 0.4F, 0, 0};
    const size_t d_model = shape.q_width();
    const Matrix<float> qkv = random_matrix(tokens, 3 * d_model, 7);
    const Matrix<float> delta =
        random_matrix(kBlocks * tokens, 3 * d_model, 8, 0.3);
    Matrix<float> clean(tokens, d_model);
    causal_attention(qkv, shape, clean);
    Matrix<float> fast(tokens, d_model);
    attention_rows(qkv, shape, fast);
    expect_close(fast, clean, 1e-5);
    Matrix<float> out(kBlocks * tokens, d_model);
    attention_difference(qkv, fast, delta, shape, out);
    for (size_t b = 0; b < kBlocks; ++b) {
      Matrix<float> edited(tokens, d_model);
      causal_attention(changed(qkv, delta, b), shape, edited);
      expect_difference(edited, clean, out, b, 2e-5);
    }
    Matrix<BFloat16> rounded(kBlocks * tokens, d_model);
    attention_difference(qkv, fast, delta, shape, rounded.view());
    expect_rounded(rounded, out);
  }
}

// Widths around the vector lengths and the padding, token counts around the
// rows worked on together.
INSTANTIATE_TEST_SUITE_P(Shapes, DifferenceTest,
                         testing::Values(std::pair<size_t, size_t>{1, 6},
                                         std::pair<size_t, size_t>{5, 48},
                                         std::pair<size_t, size_t>{17, 64},
                                         std::pair<size_t, size_t>{70, 100}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.first) + "x" +
                                  std::to_string(shape.param.second);
                         });

TEST(DifferenceTest, NoChangeGivesExactlyZero) {
  const Matrix<float> x = random_matrix(9, 50, 9);
  const Matrix<float> delta(9, 50);
  Matrix<float> y(9, 50);
  Matrix<float> out(9, 50);
  activate_rows(Activation::kGeluTanh, x, y);
  activation_difference(Activation::kGeluTanh, x, y, delta, out);
  for (float value : out.values()) EXPECT_EQ(value, 0.0F);
}

TEST(DifferenceTest, ActivationsHoldFarFromZero) {
  Matrix<float> x(1, 64);
  for (size_t j = 0; j < 64; ++j) {
    x(0, j) = (j % 2 == 0 ? 1.0F : -1.0F) * std::exp(static_cast<float>(j) / 4);
  }
  Matrix<float> y(1, 64);
  for (const Activation activation : {Activation::kGeluTanh, Activation::kGelu,
                                      Activation::kRelu, Activation::kSilu}) {
    Matrix<float> expected = x.clone();
    activate(activation, expected, expected);
    activate_rows(activation, x, y);
    for (size_t j = 0; j < 64; ++j) {
      EXPECT_NEAR(y(0, j), expected(0, j),
                  1e-6 + 1e-6 * std::abs(expected(0, j)));
    }
  }
}

// The products of queries and keys overflow where these do not.
TEST(DifferenceTest, AttentionShowsOverflow) {
  for (const size_t tokens : {3, 40}) {
    const AttentionShape shape{2, 2, 16, 1.0F, 0, 0};
    Matrix<float> qkv = random_matrix(tokens, 96, 12);
    for (size_t i = 0; i < 64; ++i)
      qkv(tokens - 1, i) = (i % 2 == 0 ? 3e38F : -3e38F);
    Matrix<float> z(tokens, 32);
    attention_rows(qkv, shape, z);
    EXPECT_TRUE(std::isnan(z(tokens - 1, 0)));
    KeyValueCache cache(tokens, 32);
    attend_cached(qkv, 0, shape, cache, z);
    EXPECT_TRUE(std::isnan(z(tokens - 1, 0)));
    EXPECT_TRUE(std::isfinite(z(0, 0)));
  }
}

TEST(DifferenceTest, ActivationsHoldAtTheEnds) {
  for (const Activation activation : {Activation::kGeluTanh, Activation::kGelu,
                                      Activation::kRelu, Activation::kSilu}) {
    Matrix<float> x(1, 40);
    x(0, 3) = x(0, 39) = -3e38F;
    x(0, 4) = 3e38F;
    Matrix<float> y(1, 40);
    activate_rows(activation, x, y);
    EXPECT_EQ(y(0, 3), 0.0F);
    EXPECT_EQ(y(0, 39), 0.0F);
    EXPECT_EQ(y(0, 4), 3e38F);
  }
}

TEST(DifferenceTest, NanStaysNan) {
  Matrix<float> x(1, 40);
  x(0, 3) = NAN;
  Matrix<float> y(1, 40);
  for (const Activation activation : {Activation::kGeluTanh, Activation::kGelu,
                                      Activation::kRelu, Activation::kSilu}) {
    activate_rows(activation, x, y);
    EXPECT_TRUE(std::isnan(y(0, 3)));
  }
}

}  // namespace
}  // namespace excise
