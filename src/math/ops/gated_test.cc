// Gated activations: the definition against the formula in double, everything
// else against the definition.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "math/ops/activation.h"
#include "math/ops/reference.h"
#include "testing/expect_difference.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

constexpr size_t kBlocks = 3;
// Around the vector lengths; of the last several threads take part.
constexpr std::array<std::pair<size_t, size_t>, 5> kShapes = {
    {{1, 1}, {1, 6}, {5, 48}, {17, 31}, {70, 260}}};

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::kGeluTanh:
      return 0.5 * x *
             (1 + std::tanh(std::sqrt(2 / std::numbers::pi) *
                            (x + 0.044715 * std::pow(x, 3))));
    case Activation::kGelu:
      return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
    case Activation::kRelu:
      return x > 0 ? x : 0;
    case Activation::kSilu:
      return x / (1 + std::exp(-x));
  }
  return NAN;
}

class GatedTest : public testing::TestWithParam<Activation> {};

TEST_P(GatedTest, DefinitionFollowsTheFormula) {
  for (const auto& [tokens, width] : kShapes) {
    const Matrix<float> g = random_matrix(tokens, width, 1, 3);
    const Matrix<float> up = random_matrix(tokens, width, 2);
    Matrix<float> y(tokens, width);
    gate(GetParam(), g, up, y);
    for (size_t i = 0; i < y.size(); ++i) {
      ASSERT_NEAR(
          y.values()[i],
          activated(GetParam(), double{g.values()[i]}) * double{up.values()[i]},
          5e-6);
    }
  }
}

TEST_P(GatedTest, RowsAndDifferenceEqualDefinition) {
  for (const auto& [tokens, width] : kShapes) {
    const Matrix<float> g = random_matrix(tokens, width, 1, 3);
    const Matrix<float> up = random_matrix(tokens, width, 2);
    const Matrix<float> delta_gate = random_matrix(kBlocks * tokens, width, 3);
    const Matrix<float> delta_up = random_matrix(kBlocks * tokens, width, 4);
    Matrix<float> clean(tokens, width);
    gate(GetParam(), g, up, clean);
    Matrix<float> fast(tokens, width);
    gate_rows(GetParam(), g, up, fast);
    expect_close(fast, clean, 5e-6);
    Matrix<float> out(kBlocks * tokens, width);
    gated_difference(GetParam(), g, up, fast, delta_gate, delta_up, out);
    for (size_t b = 0; b < kBlocks; ++b) {
      Matrix<float> edited(tokens, width);
      gate(GetParam(), changed(g, delta_gate, b), changed(up, delta_up, b),
           edited);
      expect_difference(edited, clean, out, b, 1e-5);
    }
    Matrix<BFloat16> rounded(kBlocks * tokens, width);
    gated_difference(GetParam(), g, up, fast, delta_gate, delta_up,
                     rounded.view());
    expect_rounded(rounded, out);
  }
}

TEST_P(GatedTest, NoChangeGivesExactlyZero) {
  for (const auto& [tokens, width] : kShapes) {
    const Matrix<float> g = random_matrix(tokens, width, 1, 3);
    const Matrix<float> up = random_matrix(tokens, width, 2);
    const Matrix<float> none(kBlocks * tokens, width);
    Matrix<float> y(tokens, width);
    Matrix<float> out(kBlocks * tokens, width);
    gate_rows(GetParam(), g, up, y);
    gated_difference(GetParam(), g, up, y, none, none, out);
    expect_zeros(out);
    activate_rows(GetParam(), g, y);
    activation_difference(GetParam(), g, y, none, out);
    expect_zeros(out);
  }
}

// As behind one projection to both: gate and up side by side, out in the place
// of a delta.
TEST_P(GatedTest, SideBySideAndInPlace) {
  const size_t tokens = 5;
  const size_t width = 19;
  const Matrix<float> both = random_matrix(tokens, 2 * width, 1, 3);
  const Matrix<float> deltas = random_matrix(kBlocks * tokens, 2 * width, 2);
  const auto left = [&](const Matrix<float>& of) {
    return of.view().col_range(0, width);
  };
  const auto right = [&](const Matrix<float>& of) {
    return of.view().col_range(width, width);
  };
  Matrix<float> y(tokens, width);
  gate_rows(GetParam(), left(both), right(both), y);
  Matrix<float> expected(kBlocks * tokens, width);
  gated_difference(GetParam(), left(both), right(both), y, left(deltas),
                   right(deltas), expected);
  for (const size_t first : {size_t{0}, width}) {
    Matrix<float> in_place = deltas.clone();
    gated_difference(GetParam(), left(both), right(both), y, left(in_place),
                     right(in_place), in_place.view().col_range(first, width));
    for (size_t t = 0; t < expected.rows(); ++t) {
      for (size_t j = 0; j < width; ++j) {
        ASSERT_EQ(in_place(t, first + j), expected(t, j));
        ASSERT_EQ(in_place(t, width - first + j), deltas(t, width - first + j));
      }
    }
  }
}

TEST_P(GatedTest, NanStaysNan) {
  Matrix<float> g(1, 40), up(1, 40), y(1, 40);
  g(0, 3) = up(0, 5) = g(0, 39) = NAN;
  gate_rows(GetParam(), g, up, y);
  for (size_t j = 0; j < 40; ++j)
    EXPECT_EQ(std::isnan(y(0, j)), j == 3 || j == 5 || j == 39) << j;
}

std::string name_of(Activation activation) {
  constexpr std::array<const char*, 4> kNames = {"GeluTanh", "Gelu", "Relu",
                                                 "Silu"};
  return kNames[static_cast<size_t>(activation)];
}

INSTANTIATE_TEST_SUITE_P(Activations, GatedTest,
                         testing::Values(Activation::kGeluTanh,
                                         Activation::kGelu, Activation::kRelu,
                                         Activation::kSilu),
                         [](const auto& made) { return name_of(made.param); });

}  // namespace
}  // namespace excise
