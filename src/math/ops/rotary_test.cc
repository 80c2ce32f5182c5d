// The rotation against its definition in double, and what it must keep.
#include "math/ops/rotary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <span>
#include <string>
#include <vector>

#include "testing/random_matrix.h"

namespace excise {
namespace {

std::vector<double> inverse_frequencies(size_t n_pairs, double base = 10000) {
  std::vector<double> made(n_pairs);
  for (size_t i = 0; i < n_pairs; ++i) {
    made[i] =
        std::pow(base, -static_cast<double>(i) / static_cast<double>(n_pairs));
  }
  return made;
}

// A pair is a complex number that e^(i angle) multiplies.
std::vector<double> rotated(std::span<const float> row, size_t d_head,
                            RotaryPairs pairs, std::span<const double> inverse,
                            double magnitude, size_t position) {
  std::vector<double> out(row.begin(), row.end());
  const size_t n = inverse.size();
  for (size_t head = 0; head < row.size() / d_head; ++head) {
    for (size_t i = 0; i < n; ++i) {
      const bool halves = pairs == RotaryPairs::kHalves;
      const size_t re = head * d_head + (halves ? i : 2 * i);
      const size_t im = head * d_head + (halves ? i + n : 2 * i + 1);
      const std::complex<double> turned =
          std::complex<double>(row[re], row[im]) *
          std::polar(magnitude, static_cast<double>(position) * inverse[i]);
      out[re] = turned.real();
      out[im] = turned.imag();
    }
  }
  return out;
}

struct RotaryCase {
  RotaryPairs pairs;
  size_t d_head;
  size_t n_pairs;
  double magnitude;
};

class RotaryTest : public testing::TestWithParam<RotaryCase> {};

TEST_P(RotaryTest, FollowsTheDefinition) {
  const RotaryCase& made = GetParam();
  const std::vector<double> inverse = inverse_frequencies(made.n_pairs);
  // Of 700 rows several threads take part.
  for (const size_t rows : {1, 9, 700}) {
    const size_t first = 3;
    const RotaryTable table(inverse, made.magnitude, first + rows);
    const Matrix<float> x = random_matrix(rows, 3 * made.d_head, 1);
    Matrix<float> turned = x.clone();
    rotate(turned, made.d_head, made.pairs, table, first, rows);
    for (size_t t = 0; t < rows; ++t) {
      const std::vector<double> expected =
          rotated(x.row(t), made.d_head, made.pairs, inverse, made.magnitude,
                  first + t);
      for (size_t j = 0; j < expected.size(); ++j)
        ASSERT_NEAR(turned(t, j), expected[j], 1e-6) << t << " " << j;
    }
  }
}

// Scores depend on distances only, so turning both sides on changes nothing.
TEST_P(RotaryTest, ProductsDependOnTheDistance) {
  const RotaryCase& made = GetParam();
  const RotaryTable table(inverse_frequencies(made.n_pairs), made.magnitude,
                          400);
  const Matrix<float> q = random_matrix(1, made.d_head, 1);
  const Matrix<float> k = random_matrix(1, made.d_head, 2);
  const auto score = [&](size_t query_at, size_t key_at) {
    Matrix<float> a = q.clone(), b = k.clone();
    rotate(a, made.d_head, made.pairs, table, query_at, 1);
    rotate(b, made.d_head, made.pairs, table, key_at, 1);
    double sum = 0;
    for (size_t j = 0; j < made.d_head; ++j)
      sum += double{a(0, j)} * double{b(0, j)};
    return sum;
  };
  EXPECT_NEAR(score(7, 2), score(399, 394), 1e-4);
}

// Rows of several blocks are at the positions of one text; columns beside a
// range are left alone.
TEST_P(RotaryTest, BlocksAndColumnRanges) {
  const RotaryCase& made = GetParam();
  const size_t tokens = 5;
  const size_t blocks = 3;
  const size_t width = 4 * made.d_head;
  const size_t heads = 2 * made.d_head;
  const RotaryTable table(inverse_frequencies(made.n_pairs), made.magnitude,
                          tokens);
  const Matrix<float> x = random_matrix(blocks * tokens, width, 1);
  Matrix<float> turned = x.clone();
  rotate(turned.view().col_range(made.d_head, heads), made.d_head, made.pairs,
         table, 0, tokens);
  for (size_t b = 0; b < blocks; ++b) {
    Matrix<float> alone(tokens, heads);
    for (size_t t = 0; t < tokens; ++t)
      std::copy_n(&x(b * tokens + t, made.d_head), heads, &alone(t, 0));
    rotate(alone, made.d_head, made.pairs, table, 0, tokens);
    for (size_t t = 0; t < tokens; ++t) {
      for (size_t j = 0; j < width; ++j) {
        const bool inside = j >= made.d_head && j < made.d_head + heads;
        const size_t row = b * tokens + t;
        ASSERT_EQ(turned(row, j),
                  inside ? alone(t, j - made.d_head) : x(row, j));
      }
    }
  }
}

TEST_P(RotaryTest, NothingStaysNothingAndNanStaysNan) {
  const RotaryCase& made = GetParam();
  const RotaryTable table(inverse_frequencies(made.n_pairs), made.magnitude, 9);
  Matrix<float> x(9, made.d_head);
  rotate(x, made.d_head, made.pairs, table, 0, 9);
  for (const float value : x.values()) EXPECT_EQ(value, 0.0F);
  x(4, 0) = NAN;
  rotate(x, made.d_head, made.pairs, table, 0, 9);
  EXPECT_TRUE(std::isnan(x(4, 0)));
  const size_t other = made.pairs == RotaryPairs::kHalves ? made.n_pairs : 1;
  EXPECT_TRUE(std::isnan(x(4, other)));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, RotaryTest,
    testing::Values(RotaryCase{RotaryPairs::kHalves, 64, 32, 1},
                    RotaryCase{RotaryPairs::kHalves, 20, 3, 1},
                    RotaryCase{RotaryPairs::kHalves, 2, 1, 1.25},
                    RotaryCase{RotaryPairs::kHalves, 24, 9, 1.25},
                    RotaryCase{RotaryPairs::kAdjacent, 64, 32, 1},
                    RotaryCase{RotaryPairs::kAdjacent, 20, 3, 1},
                    RotaryCase{RotaryPairs::kAdjacent, 24, 9, 1.25}),
    [](const auto& made) {
      return std::string(made.param.pairs == RotaryPairs::kHalves
                             ? "Halves"
                             : "Adjacent") +
             std::to_string(made.param.n_pairs) + "of" +
             std::to_string(made.param.d_head);
    });

// GPT-J at position 1: the first column of a head turns into (cos 1, sin 1).
TEST(RotaryTest, KnownValues) {
  const RotaryTable table(inverse_frequencies(2), 1, 2);
  Matrix<float> x(1, 4);
  x(0, 0) = 1;
  rotate(x, 4, RotaryPairs::kAdjacent, table, 1, 1);
  const std::array<double, 4> adjacent = {std::cos(1.0), std::sin(1.0), 0, 0};
  for (size_t j = 0; j < 4; ++j) EXPECT_NEAR(x(0, j), adjacent[j], 1e-7);
  Matrix<float> y(1, 4);
  y(0, 0) = 1;
  rotate(y, 4, RotaryPairs::kHalves, table, 1, 1);
  const std::array<double, 4> halves = {std::cos(1.0), 0, std::sin(1.0), 0};
  for (size_t j = 0; j < 4; ++j) EXPECT_NEAR(y(0, j), halves[j], 1e-7);
}

// Late positions are exact to float32 because angles are in double.
TEST(RotaryTest, LatePositionsAreExact) {
  const std::vector<double> inverse = inverse_frequencies(4, 500000);
  const size_t late = 131071;
  const RotaryTable table(inverse, 1, late + 1);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(table.cos(late)[i],
              static_cast<float>(std::cos(131071.0 * inverse[i])));
    EXPECT_EQ(table.sin(late)[i],
              static_cast<float>(std::sin(131071.0 * inverse[i])));
  }
}

}  // namespace
}  // namespace excise
