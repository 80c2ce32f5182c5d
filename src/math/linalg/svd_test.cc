#include "math/linalg/svd.h"

#include <gtest/gtest.h>
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.h"

namespace excise {
namespace {

// A sum of `rank` random outer products, component k about 0.7^k large.
Matrix<double> random_matrix(size_t rows, size_t cols, size_t rank) {
  Random random(7, rows * 1000 + cols);
  Matrix<double> matrix(rows, cols);
  std::vector<double> left(rows), right(cols);
  for (size_t k = 0; k < rank; ++k) {
    for (double& value : left) value = random.normal();
    for (double& value : right) value = random.normal();
    const double size = std::pow(0.7, static_cast<double>(k));
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < cols; ++j)
        matrix(i, j) += size * left[i] * right[j];
    }
  }
  return matrix;
}

std::vector<double> oracle_singular_values(Matrix<double> matrix) {
  std::vector<double> values(std::min(matrix.rows(), matrix.cols()));
  double unused = 0;
  const auto rows = static_cast<lapack_int>(matrix.rows());
  const auto cols = static_cast<lapack_int>(matrix.cols());
  EXPECT_EQ(LAPACKE_dgesdd(LAPACK_ROW_MAJOR, 'N', rows, cols, matrix.data(),
                           cols, values.data(), &unused, 1, &unused, cols),
            0);
  return values;
}

struct Shape {
  size_t rows, cols, rank;
};

class ThinSvd : public testing::TestWithParam<Shape> {
 protected:
  ThinSvd()
      : matrix_(
            random_matrix(GetParam().rows, GetParam().cols, GetParam().rank)) {
    auto svd = thin_svd(matrix_.clone());
    EXPECT_TRUE(svd) << svd.error().message;
    svd_ = std::move(svd).value();
  }

  Matrix<double> matrix_;
  Svd svd_;
};

TEST_P(ThinSvd, SingularValuesAreThoseOfDgesdd) {
  const auto expected = oracle_singular_values(matrix_.clone());
  ASSERT_EQ(svd_.singular_values.size(), expected.size());
  for (size_t k = 0; k < expected.size(); ++k) {
    EXPECT_NEAR(svd_.singular_values[k], expected[k], 1e-9 * expected[0]) << k;
  }
}

TEST_P(ThinSvd, RankIsFound) { EXPECT_EQ(svd_.rank(), GetParam().rank); }

TEST_P(ThinSvd, ComponentsAddUpToTheMatrix) {
  Matrix<double> sum(matrix_.rows(), matrix_.cols());
  for (size_t k = 0; k < svd_.rank(); ++k) {
    const SingularVectors vectors = svd_.vectors(k);
    for (size_t i = 0; i < sum.rows(); ++i) {
      for (size_t j = 0; j < sum.cols(); ++j) {
        sum(i, j) +=
            svd_.singular_values[k] * vectors.left[i] * vectors.right[j];
      }
    }
  }
  for (size_t i = 0; i < sum.size(); ++i) {
    EXPECT_NEAR(sum.values()[i], matrix_.values()[i],
                1e-9 * svd_.singular_values[0]);
  }
}

TEST_P(ThinSvd, VectorsAreOrthonormalAndSigned) {
  std::vector<SingularVectors> all;
  for (size_t k = 0; k < svd_.rank(); ++k) all.push_back(svd_.vectors(k));
  const auto dot = [](const auto& a, const auto& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  for (size_t k = 0; k < all.size(); ++k) {
    for (size_t m = 0; m <= k; ++m) {
      // The longer side's vectors lose digits as their singular value shrinks.
      const double tolerance =
          1e-13 *
          std::pow(svd_.singular_values[0] / svd_.singular_values[k], 2);
      EXPECT_NEAR(dot(all[k].left, all[m].left), k == m, tolerance);
      EXPECT_NEAR(dot(all[k].right, all[m].right), k == m, tolerance);
    }
    const auto [low, high] = std::ranges::minmax(all[k].right);
    EXPECT_GE(high, -low);
  }
}

TEST_P(ThinSvd, IsTheSameEveryTime) {
  const Svd again = thin_svd(matrix_.clone()).value();
  EXPECT_EQ(again.singular_values, svd_.singular_values);
  for (size_t k = 0; k < svd_.rank(); ++k) {
    EXPECT_EQ(again.vectors(k).left, svd_.vectors(k).left);
    EXPECT_EQ(again.vectors(k).right, svd_.vectors(k).right);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ThinSvd,
                         testing::Values(Shape{1, 1, 1}, Shape{1, 40, 1},
                                         Shape{40, 1, 1}, Shape{12, 300, 12},
                                         Shape{300, 12, 12}, Shape{9, 9, 9},
                                         Shape{20, 64, 5}, Shape{64, 20, 5}));

TEST(ThinSvdLimits, ZeroMatrixHasRankZero) {
  const auto svd = thin_svd(Matrix<double>(3, 8));
  ASSERT_TRUE(svd);
  EXPECT_EQ(svd->rank(), 0);
  EXPECT_EQ(svd->singular_values, std::vector<double>(3, 0.0));
}

TEST(ThinSvdLimits, EmptyMatrixHasNoValues) {
  const auto svd = thin_svd(Matrix<double>(0, 8));
  ASSERT_TRUE(svd);
  EXPECT_TRUE(svd->singular_values.empty());
}

TEST(ThinSvdLimits, FirstOfEqualEntriesIsPositive) {
  Matrix<double> matrix(2, 3);
  matrix(0, 0) = matrix(1, 0) = -2;
  matrix(0, 2) = matrix(1, 2) = 2;
  const auto svd = thin_svd(std::move(matrix));
  ASSERT_TRUE(svd);
  EXPECT_NEAR(svd->vectors(0).right[0], std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(svd->vectors(0).right[2], -std::sqrt(0.5), 1e-12);
}

TEST(ThinSvdLimits, NonFiniteValuesAreAnError) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    Matrix<double> matrix(4, 6);
    matrix(2, 3) = bad;
    const auto svd = thin_svd(std::move(matrix));
    ASSERT_FALSE(svd);
    EXPECT_EQ(svd.error().code, ErrorCode::kBadInput);
  }
}

}  // namespace
}  // namespace excise
