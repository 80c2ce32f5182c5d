// Attention with grouped heads, capped scores and windows: the definition
// against the formula in double, everything else against the definition.
#include "math/ops/attention.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "math/ops/cached_attention.h"
#include "math/ops/reference.h"
#include "testing/expect_difference.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

constexpr size_t kBlocks = 3;

// One output of one token, straight from the formula.
double attended(const Matrix<float>& qkv, const AttentionShape& shape,
                size_t token, size_t head, size_t column) {
  const size_t group = shape.n_heads / shape.n_kv_heads;
  const size_t d = shape.d_head;
  const size_t first_key = (shape.n_heads + head / group) * d;
  const size_t first_value = first_key + shape.n_kv_heads * d;
  double total = 0;
  double sum = 0;
  for (size_t s = 0; s <= token; ++s) {
    if (shape.window > 0 && token - s >= shape.window) continue;
    double score = 0;
    for (size_t i = 0; i < d; ++i)
      score += double{qkv(token, head * d + i)} * double{qkv(s, first_key + i)};
    score *= double{shape.scale};
    if (shape.cap > 0)
      score = double{shape.cap} * std::tanh(score / double{shape.cap});
    total += std::exp(score);
    sum += std::exp(score) * double{qkv(s, first_value + column)};
  }
  return sum / total;
}

std::string name_of(const AttentionShape& shape) {
  return std::to_string(shape.n_heads) + "heads" +
         std::to_string(shape.n_kv_heads) + "kv" +
         std::to_string(shape.d_head) + "wide" +
         (shape.cap > 0 ? "capped" : "") +
         (shape.window > 0 ? "window" + std::to_string(shape.window) : "");
}

class AttentionTest : public testing::TestWithParam<AttentionShape> {
 protected:
  const AttentionShape& shape() const { return GetParam(); }
  // Scores are large enough for the cap to matter.
  Matrix<float> qkv(size_t tokens) const {
    return random_matrix(tokens, shape().qkv_width(), 7, 1.5);
  }
  Matrix<float> z(size_t rows) const { return {rows, shape().q_width()}; }
};

// Around the rows worked on together, and with more than a vector's keys.
constexpr std::array<size_t, 5> kTokens = {1, 4, 5, 38, 70};

TEST_P(AttentionTest, DefinitionFollowsTheFormula) {
  for (const size_t tokens : kTokens) {
    const Matrix<float> x = qkv(tokens);
    Matrix<float> found = z(tokens);
    causal_attention(x, shape(), found);
    for (size_t t = 0; t < tokens; ++t) {
      for (size_t j = 0; j < shape().q_width(); ++j) {
        ASSERT_NEAR(
            found(t, j),
            attended(x, shape(), t, j / shape().d_head, j % shape().d_head),
            5e-6)
            << t << " " << j;
      }
    }
  }
}

TEST_P(AttentionTest, RowsEqualDefinition) {
  for (const size_t tokens : kTokens) {
    const Matrix<float> x = qkv(tokens);
    Matrix<float> expected = z(tokens);
    Matrix<float> found = z(tokens);
    causal_attention(x, shape(), expected);
    attention_rows(x, shape(), found);
    expect_close(found, expected, 1e-5);
  }
}

TEST_P(AttentionTest, DifferenceEqualsTwoEvaluations) {
  for (const size_t tokens : kTokens) {
    const Matrix<float> x = qkv(tokens);
    const Matrix<float> delta =
        random_matrix(kBlocks * tokens, shape().qkv_width(), 8, 0.3);
    Matrix<float> clean = z(tokens);
    Matrix<float> fast = z(tokens);
    causal_attention(x, shape(), clean);
    attention_rows(x, shape(), fast);
    Matrix<float> out = z(kBlocks * tokens);
    attention_difference(x, fast, delta, shape(), out);
    for (size_t b = 0; b < kBlocks; ++b) {
      Matrix<float> edited = z(tokens);
      causal_attention(changed(x, delta, b), shape(), edited);
      expect_difference(edited, clean, out, b, 2e-5);
    }
    Matrix<BFloat16> rounded(out.rows(), out.cols());
    attention_difference(x, fast, delta, shape(), rounded.view());
    expect_rounded(rounded, out);
  }
}

TEST_P(AttentionTest, NoChangeGivesExactlyZero) {
  for (const size_t tokens : kTokens) {
    const Matrix<float> x = qkv(tokens);
    const Matrix<float> none(kBlocks * tokens, shape().qkv_width());
    Matrix<float> fast = z(tokens);
    attention_rows(x, shape(), fast);
    Matrix<float> out = z(kBlocks * tokens);
    attention_difference(x, fast, none, shape(), out);
    expect_zeros(out);
  }
}

TEST_P(AttentionTest, CachedEqualsDefinition) {
  const size_t tokens = 70;
  const Matrix<float> x = qkv(tokens);
  Matrix<float> expected = z(tokens);
  causal_attention(x, shape(), expected);
  KeyValueCache cache(tokens + 5, shape().kv_width());
  Matrix<float> found = z(tokens);
  size_t position = 0;
  for (const size_t count : {size_t{50}, size_t{1}, size_t{1}, size_t{18}}) {
    attend_cached(x.view().row_range(position, count), position, shape(), cache,
                  found.view().row_range(position, count));
    position += count;
  }
  expect_close(found, expected, 1e-5);
}

// What is NaN in one key is NaN wherever that key is seen.
TEST_P(AttentionTest, NanOfAKeyIsSeen) {
  const size_t tokens = 38;
  const size_t at = 2;
  Matrix<float> x = qkv(tokens);
  for (size_t i = 0; i < shape().kv_width(); ++i)
    x(at, shape().q_width() + i) = NAN;
  Matrix<float> rows = z(tokens);
  attention_rows(x, shape(), rows);
  Matrix<float> cached = z(tokens);
  KeyValueCache cache(tokens, shape().kv_width());
  attend_cached(x, 0, shape(), cache, cached);
  Matrix<float> defined = z(tokens);
  causal_attention(x, shape(), defined);
  for (size_t t = 0; t < tokens; ++t) {
    const bool sees = t >= at && shape().first_seen(t) <= at;
    for (size_t j = 0; j < shape().q_width(); ++j) {
      ASSERT_EQ(std::isnan(rows(t, j)), sees) << t;
      ASSERT_EQ(std::isnan(cached(t, j)), sees) << t;
      ASSERT_EQ(std::isnan(defined(t, j)), sees) << t;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, AttentionTest,
    testing::Values(AttentionShape{2, 2, 12, 0.4F, 0, 0},
                    AttentionShape{4, 2, 12, 0.4F, 0, 0},
                    AttentionShape{6, 1, 7, 0.4F, 0, 0},
                    AttentionShape{3, 3, 16, 0.4F, 2.5F, 0},
                    AttentionShape{2, 2, 12, 0.4F, 0, 1},
                    AttentionShape{2, 2, 12, 0.4F, 0, 3},
                    AttentionShape{2, 1, 33, 0.2F, 0, 4},
                    AttentionShape{2, 2, 12, 0.4F, 0, 5},
                    AttentionShape{1, 1, 64, 0.125F, 0, 33},
                    AttentionShape{2, 2, 12, 0.4F, 0, 1000},
                    AttentionShape{8, 2, 10, 0.4F, 1.5F, 7}),
    [](const auto& shape) { return name_of(shape.param); });

// Head h reads key and value head h / (n_heads / n_kv_heads), as one sees when
// the values of a head are one number.
TEST(AttentionTest, GroupsOfHeadsShareValues) {
  const AttentionShape shape{6, 2, 1, 1.0F, 0, 0};
  Matrix<float> qkv(1, shape.qkv_width());
  qkv(0, 8) = 5;
  qkv(0, 9) = 9;
  Matrix<float> z(1, 6);
  attention_rows(qkv, shape, z);
  for (size_t h = 0; h < 6; ++h) EXPECT_EQ(z(0, h), h < 3 ? 5.0F : 9.0F);
}

// W counts the token itself: W - 1 before it are seen, none earlier.
TEST(AttentionTest, WindowEndsWhereItSays) {
  const AttentionShape shape{1, 1, 8, 0.3F, 0, 4};
  const size_t tokens = 40;
  Matrix<float> qkv = random_matrix(tokens, 24, 3);
  Matrix<float> before(tokens, 8), after(tokens, 8);
  attention_rows(qkv, shape, before);
  for (size_t i = 8; i < 24; ++i) qkv(17, i) += 1;
  attention_rows(qkv, shape, after);
  for (size_t t = 0; t < tokens; ++t) {
    const bool same = before(t, 0) == after(t, 0);
    EXPECT_EQ(same, t < 17 || t > 20) << t;
  }
}

// Behind the cap an overflow would look like any large score.
TEST(AttentionTest, CapShowsOverflow) {
  const AttentionShape shape{2, 2, 2, 1.0F, 20.0F, 0};
  for (const size_t tokens : {3, 40}) {
    Matrix<float> qkv = random_matrix(tokens, 12, 12);
    for (size_t i = 0; i < 8; ++i) qkv(tokens - 1, i) = 3e38F;
    Matrix<float> rows(tokens, 4), cached(tokens, 4), defined(tokens, 4);
    attention_rows(qkv, shape, rows);
    KeyValueCache cache(tokens, 4);
    attend_cached(qkv, 0, shape, cache, cached);
    causal_attention(qkv, shape, defined);
    for (const Matrix<float>* out : {&rows, &cached, &defined}) {
      EXPECT_TRUE(std::isnan((*out)(tokens - 1, 0)));
      EXPECT_TRUE(std::isfinite((*out)(0, 0)));
    }
  }
}

}  // namespace
}  // namespace excise
