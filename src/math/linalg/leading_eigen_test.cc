#include "math/linalg/leading_eigen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/random.h"
#include "math/linalg/product.h"

namespace excise {
namespace {

using testing::HasSubstr;

Matrix<double> random_matrix(size_t rows, size_t cols, uint64_t stream) {
  Random random(8, stream);
  Matrix<double> matrix(rows, cols);
  for (double& value : matrix.values()) value = random.normal();
  return matrix;
}

// Of rank `rank`, eigenvalues falling by `decay` a step.
Matrix<double> decaying(size_t order, size_t rank, double decay) {
  Matrix<double> x = random_matrix(rank, order, order);
  double scale = 1;
  for (size_t k = 0; k < rank; ++k, scale *= decay) {
    for (double& value : x.row(k)) value *= scale;
  }
  return column_gram(x);
}

// Above the order from which the iteration runs; the oracle is the full
// decomposition.
TEST(LeadingEigen, IsThatOfTheFullDecomposition) {
  const Matrix<double> g = decaying(1100, 80, 0.9);
  const Eigen full = eigen_decompose(g.clone()).value();
  const Eigen leading = leading_eigen(g, 12, 1).value();
  ASSERT_EQ(leading.values.size(), 12);
  for (size_t k = 0; k < 12; ++k) {
    EXPECT_NEAR(leading.values[k], full.values[k], 1e-12 * full.values[0]);
    double cosine = 0;
    for (size_t j = 0; j < 1100; ++j)
      cosine += leading.vectors(k, j) * full.vectors(k, j);
    EXPECT_NEAR(std::abs(cosine), 1, 1e-10);
  }
  const Eigen again = leading_eigen(g, 12, 1).value();
  EXPECT_TRUE(
      std::ranges::equal(again.vectors.values(), leading.vectors.values()));
}

TEST(LeadingEigen, RankBelowTheBlockGivesZeros) {
  const Matrix<double> g = decaying(1100, 5, 0.5);
  const Eigen leading = leading_eigen(g, 9, 2).value();
  const Eigen full = eigen_decompose(g.clone()).value();
  for (size_t k = 0; k < 9; ++k)
    EXPECT_NEAR(leading.values[k], full.values[k], 1e-12 * full.values[0]);
}

TEST(LeadingEigen, SmallMatricesAndAllVectors) {
  const Matrix<double> g = decaying(30, 30, 0.9);
  const Eigen full = eigen_decompose(g.clone()).value();
  EXPECT_EQ(leading_eigen(g, 3, 0).value().values[2], full.values[2]);
  EXPECT_EQ(leading_eigen(g, 99, 0).value().values.size(), 30);
}

TEST(LeadingEigen, NotFiniteIsAnError) {
  Matrix<double> g = decaying(1100, 5, 0.5);
  g(7, 7) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(leading_eigen(g, 2, 0).error().code, ErrorCode::kBadInput);
}

TEST(GeneralizedEigen, SolvesItsEquation) {
  const Matrix<double> s = column_gram(random_matrix(40, 12, 3));
  const Matrix<double> r = column_gram(random_matrix(40, 12, 4));
  const Eigen eigen = generalized_eigen(s.clone(), r.clone(), 4).value();
  ASSERT_EQ(eigen.values.size(), 4);
  const Matrix<double> sw = product(eigen.vectors, s);
  const Matrix<double> rw = product(eigen.vectors, r);
  const Matrix<double> norms = product_bt(rw, eigen.vectors);
  for (size_t k = 0; k < 4; ++k) {
    if (k > 0) {
      EXPECT_LT(eigen.values[k], eigen.values[k - 1]);
    }
    for (size_t j = 0; j < 12; ++j)
      EXPECT_NEAR(sw(k, j), eigen.values[k] * rw(k, j), 1e-10);
    for (size_t i = 0; i < 4; ++i)
      EXPECT_NEAR(norms(k, i), i == k ? 1 : 0, 1e-12);
  }
}

TEST(GeneralizedEigen, ASingularMatrixIsAnError) {
  const Matrix<double> s = column_gram(random_matrix(40, 12, 3));
  const auto result = generalized_eigen(s.clone(), Matrix<double>(12, 12), 2);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(result.error().message, HasSubstr("shrinkage"));
}

}  // namespace
}  // namespace excise
