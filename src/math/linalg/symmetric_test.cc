#include "math/linalg/symmetric.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <functional>

#include "core/random.h"

namespace excise {
namespace {

Matrix<double> random_matrix(size_t rows, size_t cols) {
  Random random(5, rows);
  Matrix<double> matrix(rows, cols);
  for (double& value : matrix.values()) value = random.normal();
  return matrix;
}

// Both sides of the order from which on all threads are used.
TEST(Symmetric, KeepsTheNumberOfThreads) {
  const int before = omp_get_max_threads();
  for (const int threads : {1, 2}) {
    omp_set_num_threads(threads);
    for (const size_t order : {16, 200}) {
      ASSERT_TRUE(eigen_decompose(row_gram(random_matrix(order, 300))));
      EXPECT_EQ(omp_get_max_threads(), threads) << "order " << order;
    }
  }
  omp_set_num_threads(before);
}

TEST(Symmetric, GramIsTheProductWithTheTranspose) {
  const Matrix<double> x = random_matrix(5, 9);
  const Matrix<double> rows = row_gram(x);
  const Matrix<double> columns = column_gram(x);
  ASSERT_EQ(rows.rows(), 5);
  ASSERT_EQ(columns.rows(), 9);
  for (size_t i = 0; i < 5; ++i) {
    for (size_t j = 0; j < 5; ++j) {
      double sum = 0;
      for (size_t k = 0; k < 9; ++k) sum += x(i, k) * x(j, k);
      EXPECT_NEAR(rows(i, j), sum, 1e-13);
    }
  }
  for (size_t i = 0; i < 9; ++i) {
    for (size_t j = 0; j < 9; ++j) {
      double sum = 0;
      for (size_t k = 0; k < 5; ++k) sum += x(k, i) * x(k, j);
      EXPECT_NEAR(columns(i, j), sum, 1e-13);
    }
  }
}

TEST(Symmetric, VectorsBelongToTheirValues) {
  const Matrix<double> gram = row_gram(random_matrix(20, 30));
  const Eigen eigen = eigen_decompose(gram.clone()).value();
  EXPECT_TRUE(std::ranges::is_sorted(eigen.values, std::greater<>()));
  for (size_t k = 0; k < 20; ++k) {
    for (size_t i = 0; i < 20; ++i) {
      double product = 0;
      for (size_t j = 0; j < 20; ++j)
        product += gram(i, j) * eigen.vectors(k, j);
      EXPECT_NEAR(product, eigen.values[k] * eigen.vectors(k, i),
                  1e-12 * eigen.values[0]);
    }
  }
  const auto alone = eigenvalues(gram.clone()).value();
  for (size_t k = 0; k < 20; ++k)
    EXPECT_NEAR(alone[k], eigen.values[k], 1e-12 * eigen.values[0]);
}

}  // namespace
}  // namespace excise
