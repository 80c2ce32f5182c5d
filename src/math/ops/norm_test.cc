// The norms: the definition against the formula in double, everything else
// against the definition.
#include "math/ops/norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>

#include "math/ops/reference.h"
#include "testing/expect_difference.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

constexpr size_t kBlocks = 3;

// Of one row, straight from the formula.
double normalized(std::span<const float> x, const NormParameters& p, size_t j) {
  const auto n = static_cast<double>(x.size());
  double mean = 0;
  double squares = 0;
  for (const float value : x) {
    mean += double{value} / n;
    squares += double{value} * double{value} / n;
  }
  const bool centres = p.kind == NormKind::kLayer;
  const double variance = centres ? squares - mean * mean : squares;
  const double value = (double{x[j]} - (centres ? mean : 0)) /
                       std::sqrt(variance + double{p.epsilon});
  return value * (p.weight.rows() == 0 ? 1.0 : double{p.weight(0, j)}) +
         (p.bias.rows() == 0 ? 0.0 : double{p.bias(0, j)});
}

struct NormCase {
  NormKind kind;
  bool has_weight;
  bool has_bias;
};

std::string name_of(const NormCase& norm_case) {
  return std::string(norm_case.kind == NormKind::kRms ? "Rms" : "Layer") +
         (norm_case.has_weight ? "Weight" : "") +
         (norm_case.has_bias ? "Bias" : "");
}

constexpr size_t kWidest = 100;

class NormTest : public testing::TestWithParam<NormCase> {
 protected:
  NormParameters parameters(size_t width) const {
    // Views without rows, of matrices that have memory all the same.
    NormParameters p{GetParam().kind, weight_.view().row_range(0, 0),
                     bias_.view().row_range(0, 0), 1e-5F};
    if (GetParam().has_weight) p.weight = weight_.view().col_range(0, width);
    if (GetParam().has_bias) p.bias = bias_.view().col_range(0, width);
    return p;
  }

 private:
  const Matrix<float> weight_ = random_matrix(1, kWidest, 3);
  const Matrix<float> bias_ = random_matrix(1, kWidest, 4);
};

// Around the vector lengths.
constexpr std::array<size_t, 6> kWidths = {1, 6, 31, 48, 64, kWidest};

TEST_P(NormTest, DefinitionFollowsTheFormula) {
  for (const size_t width : kWidths) {
    Matrix<float> x = random_matrix(7, width, 1, 2);
    // A mean of its own, which one norm takes away and the other does not.
    for (float& value : x.values()) value += 0.7F;
    Matrix<float> y(7, width);
    norm(x, parameters(width), y);
    for (size_t t = 0; t < 7; ++t) {
      for (size_t j = 0; j < width; ++j)
        ASSERT_NEAR(y(t, j), normalized(x.row(t), parameters(width), j), 2e-6);
    }
  }
}

TEST_P(NormTest, RowsAndDifferenceEqualDefinition) {
  for (const size_t tokens : {1, 5, 17, 70}) {
    for (const size_t width : kWidths) {
      if (width == 1) continue;  // a row of one number has no direction
      const NormParameters p = parameters(width);
      const Matrix<float> x = random_matrix(tokens, width, 1);
      const Matrix<float> delta =
          random_matrix(kBlocks * tokens, width, 2, 0.3);
      Matrix<float> clean(tokens, width);
      norm(x, p, clean);
      Matrix<float> fast(tokens, width);
      norm_rows(x, p, fast);
      expect_close(fast, clean, 2e-5);
      Matrix<float> out(kBlocks * tokens, width);
      norm_difference(x, fast, delta, p, out);
      for (size_t b = 0; b < kBlocks; ++b) {
        Matrix<float> edited(tokens, width);
        norm(changed(x, delta, b), p, edited);
        expect_difference(edited, clean, out, b, 5e-5);
      }
      Matrix<BFloat16> rounded(kBlocks * tokens, width);
      norm_difference(x, fast, delta, p, rounded.view());
      expect_rounded(rounded, out);
    }
  }
}

TEST_P(NormTest, NoChangeGivesExactlyZero) {
  for (const size_t width : kWidths) {
    for (const double size : {1.0, 1e19, 1e30}) {
      const NormParameters p = parameters(width);
      const Matrix<float> x = random_matrix(9, width, 9, size);
      const Matrix<float> none(kBlocks * 9, width);
      Matrix<float> y(9, width);
      Matrix<float> out(kBlocks * 9, width);
      norm_rows(x, p, y);
      norm_difference(x, y, none, p, out);
      expect_zeros(out);
    }
  }
}

// Squares beyond float32 are no reason for a row of zeros.
TEST_P(NormTest, HoldsFarFromZero) {
  const NormParameters p = parameters(50);
  for (const double size : {1e15, 1e19, 1e25, 1e37}) {
    const Matrix<float> x = random_matrix(5, 50, 9, size);
    const Matrix<float> delta = random_matrix(5, 50, 11, size);
    Matrix<float> expected(5, 50), y(5, 50), out(5, 50), edited(5, 50);
    norm(x, p, expected);
    norm_rows(x, p, y);
    expect_close(y, expected, 2e-5);
    norm(changed(x, delta, 0), p, edited);
    norm_difference(x, y, delta, p, out);
    expect_difference(edited, expected, out, 0, 5e-5);
  }
}

// As norms of queries and keys by head take them: one head's columns of a wider
// matrix, in place.
TEST_P(NormTest, OneHeadsColumns) {
  const size_t tokens = 5;
  const size_t d_head = 12;
  const size_t width = 4 * d_head;
  const NormParameters p = parameters(d_head);
  const Matrix<float> x = random_matrix(tokens, width, 1);
  const Matrix<float> delta = random_matrix(kBlocks * tokens, width, 2, 0.3);
  for (const size_t first : {size_t{0}, 2 * d_head}) {
    Matrix<float> alone(tokens, d_head);
    Matrix<float> delta_alone(kBlocks * tokens, d_head);
    for (size_t t = 0; t < tokens; ++t)
      std::copy_n(&x(t, first), d_head, &alone(t, 0));
    for (size_t t = 0; t < delta.rows(); ++t)
      std::copy_n(&delta(t, first), d_head, &delta_alone(t, 0));
    Matrix<float> expected(tokens, d_head);
    norm_rows(alone, p, expected);
    Matrix<float> expected_out(kBlocks * tokens, d_head);
    norm_difference(alone, expected, delta_alone, p, expected_out);

    Matrix<float> y = x.clone();
    Matrix<float> out = delta.clone();
    Matrix<float> defined = x.clone();
    const auto y_head = y.view().col_range(first, d_head);
    const auto out_head = out.view().col_range(first, d_head);
    norm(x.view().col_range(first, d_head), p,
         defined.view().col_range(first, d_head));
    norm_rows(y_head, p, y_head);
    norm_difference(x.view().col_range(first, d_head), y_head, out_head, p,
                    out_head);
    const auto inside = [&](size_t j) {
      return j >= first && j < first + d_head;
    };
    for (size_t t = 0; t < out.rows(); ++t) {
      for (size_t j = 0; j < width; ++j) {
        ASSERT_EQ(out(t, j),
                  inside(j) ? expected_out(t, j - first) : delta(t, j));
        if (t >= tokens) continue;
        ASSERT_EQ(y(t, j), inside(j) ? expected(t, j - first) : x(t, j));
        ASSERT_NEAR(defined(t, j), y(t, j), 2e-5);
      }
    }
  }
}

TEST_P(NormTest, NanStaysNan) {
  Matrix<float> x = random_matrix(2, 40, 1);
  x(0, 3) = NAN;
  Matrix<float> y(2, 40);
  norm_rows(x, parameters(40), y);
  for (size_t j = 0; j < 40; ++j) {
    EXPECT_TRUE(std::isnan(y(0, j)));
    EXPECT_FALSE(std::isnan(y(1, j)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, NormTest,
    testing::Values(NormCase{NormKind::kLayer, true, true},
                    NormCase{NormKind::kLayer, true, false},
                    NormCase{NormKind::kLayer, false, false},
                    NormCase{NormKind::kRms, true, false},
                    NormCase{NormKind::kRms, true, true},
                    NormCase{NormKind::kRms, false, true},
                    NormCase{NormKind::kRms, false, false}),
    [](const auto& norm_case) { return name_of(norm_case.param); });

}  // namespace
}  // namespace excise
