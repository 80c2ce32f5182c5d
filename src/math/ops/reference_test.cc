#include "math/ops/reference.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace excise {
namespace {

TEST(ReferenceTest, LayerNormHasMeanOfBiasAndUnitVariance) {
  Matrix<float> x(1, 4);
  const std::array<float, 4> values = {1, 2, 3, 4};
  std::copy(values.begin(), values.end(), x.data());
  Matrix<float> weight(1, 4);
  Matrix<float> bias(1, 4);
  for (size_t j = 0; j < 4; ++j) {
    weight(0, j) = 2;
    bias(0, j) = 1;
  }
  Matrix<float> y(1, 4);
  norm(x, {NormKind::kLayer, weight, bias, 0.0F}, y);
  // Variance over n of 1..4 is 1.25.
  for (size_t j = 0; j < 4; ++j) {
    EXPECT_NEAR(y(0, j), 2.0 * (values[j] - 2.5) / std::sqrt(1.25) + 1.0, 1e-6);
  }
}

TEST(ReferenceTest, ActivationsMatchPyTorch) {
  // torch.nn.functional of 0.7: gelu(approximate="tanh"), gelu, relu, silu.
  const std::array<std::pair<Activation, double>, 4> cases = {
      {{Activation::kGeluTanh, 0.5305702},
       {Activation::kGelu, 0.5306254},
       {Activation::kRelu, 0.7},
       {Activation::kSilu, 0.4677314}}};
  for (const auto& [activation, expected] : cases) {
    Matrix<float> x(1, 1);
    x(0, 0) = 0.7F;
    activate(activation, x, x);
    EXPECT_NEAR(x(0, 0), expected, 2e-5);
  }
}

TEST(ReferenceTest, AttentionSeesNoLaterToken) {
  constexpr size_t kTokens = 3;
  Matrix<float> qkv(kTokens, 6);
  for (size_t i = 0; i < qkv.size(); ++i)
    qkv.values()[i] = static_cast<float>(i % 5) - 2.0F;
  Matrix<float> z(kTokens, 2);
  causal_attention(qkv, {1, 1, 2, 0.5F, 0, 0}, z);
  // The first token can only attend to itself.
  EXPECT_FLOAT_EQ(z(0, 0), qkv(0, 4));
  EXPECT_FLOAT_EQ(z(0, 1), qkv(0, 5));
  const float before = z(1, 0);
  qkv(2, 4) = 100;
  causal_attention(qkv, {1, 1, 2, 0.5F, 0, 0}, z);
  EXPECT_FLOAT_EQ(z(1, 0), before);
  EXPECT_NE(z(2, 0), before);
}

TEST(ReferenceTest, LogSumExpOfLargeValuesIsFinite) {
  const std::array<float, 3> x = {1000, 1000, -1000};
  EXPECT_NEAR(log_sum_exp(x), 1000 + std::log(2.0), 1e-9);
}

}  // namespace
}  // namespace excise
