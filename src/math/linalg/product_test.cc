#include "math/linalg/product.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace excise {
namespace {

Matrix<double> random_matrix(size_t rows, size_t cols, uint64_t stream) {
  Random random(3, stream);
  Matrix<double> matrix(rows, cols);
  for (double& value : matrix.values()) value = random.normal();
  return matrix;
}

Matrix<double> transposed(const Matrix<double>& a) {
  Matrix<double> out(a.cols(), a.rows());
  for (size_t i = 0; i < a.rows(); ++i) {
    for (size_t j = 0; j < a.cols(); ++j) out(j, i) = a(i, j);
  }
  return out;
}

TEST(Product, IsTheSumOfItsDefinition) {
  const Matrix<double> a = random_matrix(7, 5, 0);
  const Matrix<double> b = random_matrix(5, 9, 1);
  const Matrix<double> c = product(a, b);
  const Matrix<double> c_bt = product_bt(a, transposed(b));
  const Matrix<double> c_at = product_at(transposed(a), b);
  for (size_t i = 0; i < 7; ++i) {
    for (size_t j = 0; j < 9; ++j) {
      double sum = 0;
      for (size_t k = 0; k < 5; ++k) sum += a(i, k) * b(k, j);
      EXPECT_NEAR(c(i, j), sum, 1e-14);
      EXPECT_NEAR(c_bt(i, j), sum, 1e-14);
      EXPECT_NEAR(c_at(i, j), sum, 1e-14);
    }
  }
}

TEST(Product, TakesPartsOfALargerMatrix) {
  const Matrix<double> a = random_matrix(6, 8, 2);
  const Matrix<double> whole = product_bt(a, a);
  const Matrix<double> part =
      product_bt(a.view().row_range(2, 1), a.view().row_range(3, 2));
  EXPECT_NEAR(part(0, 1), whole(2, 4), 1e-14);
  const Matrix<double> narrow =
      product_at(a.view().col_range(1, 2), a.view().col_range(4, 1));
  ASSERT_EQ(narrow.rows(), 2);
  double sum = 0;
  for (size_t i = 0; i < 6; ++i) sum += a(i, 2) * a(i, 4);
  EXPECT_NEAR(narrow(1, 0), sum, 1e-14);
}

TEST(Product, OfNothingIsZero) {
  const Matrix<double> c = product(Matrix<double>(2, 0), Matrix<double>(0, 3));
  ASSERT_EQ(c.rows(), 2);
  ASSERT_EQ(c.cols(), 3);
  for (const double value : c.values()) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace excise
