#include "math/linalg/covariance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "math/linalg/similarity.h"

namespace excise {
namespace {

template <typename T>
Matrix<T> matrix_of(size_t rows, std::initializer_list<T> values) {
  Matrix<T> matrix(rows, values.size() / rows);
  std::ranges::copy(values, matrix.data());
  return matrix;
}

TEST(Covariance, IsBetweenTokensOverNeurons) {
  const auto a = matrix_of<float>(2, {1, 2, 3, 6, 2, 4});
  const Matrix<double> c = token_covariance(a);
  EXPECT_DOUBLE_EQ(c(0, 0), 1);
  EXPECT_DOUBLE_EQ(c(0, 1), -1);
  EXPECT_DOUBLE_EQ(c(1, 0), -1);
  EXPECT_DOUBLE_EQ(c(1, 1), 4);
}

TEST(Covariance, OfOneNeuronIsZero) {
  const Matrix<double> c = token_covariance(matrix_of<float>(2, {1, 2}));
  EXPECT_EQ(c.rows(), 2);
  EXPECT_EQ(c(0, 0), 0);
  EXPECT_EQ(participation_ratio(c), 0);
}

TEST(Covariance, SpectrumAndParticipation) {
  const auto c = matrix_of<double>(2, {2, 1, 1, 2});  // eigenvalues 3 and 1
  const auto percent = spectrum_percent(c);
  ASSERT_TRUE(percent);
  EXPECT_NEAR(percent->at(0), 75, 1e-12);
  EXPECT_NEAR(percent->at(1), 25, 1e-12);
  EXPECT_NEAR(participation_ratio(c), 16.0 / 10, 1e-12);
}

TEST(Covariance, SpectrumOfZeroIsZero) {
  EXPECT_EQ(spectrum_percent(Matrix<double>(2, 2)).value(),
            std::vector<double>(2, 0.0));
}

TEST(Covariance, SpectrumOfNaNIsAnError) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto percent = spectrum_percent(matrix_of<double>(2, {1, 0, 0, nan}));
  ASSERT_FALSE(percent);
  EXPECT_EQ(percent.error().code, ErrorCode::kBadInput);
}

TEST(Covariance, RelativeChange) {
  const auto before = matrix_of<double>(2, {3, 0, 0, 4});
  const auto after = matrix_of<double>(2, {3, 1, 1, 4});
  EXPECT_DOUBLE_EQ(relative_change(before, after), std::sqrt(2.0) / 5);
  EXPECT_EQ(relative_change(Matrix<double>(2, 2), after), 0);
  EXPECT_DOUBLE_EQ(
      relative_size(matrix_of<float>(1, {0, 1}), matrix_of<float>(1, {3, 4})),
      0.2);
}

TEST(Similarity, LeavesOutTheFirstToken) {
  const auto states = matrix_of<float>(5, {9, 9, 1, 0, 2, 2, 0, 0, -3, 0});
  const Matrix<double> cosines = cosine_similarities(states);
  ASSERT_EQ(cosines.rows(), 4);
  ASSERT_EQ(cosines.cols(), 4);
  EXPECT_NEAR(cosines(0, 1), std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(cosines(1, 3), -std::sqrt(0.5), 1e-12);
  EXPECT_EQ(cosines(2, 0), 0);  // a row of zeros
  EXPECT_NEAR(cosines(0, 3), -1, 1e-12);
  for (size_t t = 0; t < 4; ++t) EXPECT_EQ(cosines(t, t), 1);
}

TEST(Similarity, OfOneTokenIsEmpty) {
  EXPECT_TRUE(cosine_similarities(matrix_of<float>(1, {1, 2})).empty());
}

}  // namespace
}  // namespace excise
