#include "math/linalg/column_space.h"

#include <gtest/gtest.h>

#include <cmath>

#include "math/linalg/product.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

double energy_of(const Matrix<double>& x) {
  double sum = 0;
  for (const double value : x.values()) sum += value * value;
  return sum;
}

Matrix<float> rounded(const Matrix<double>& x) {
  return converted<float>(x.view());
}

TEST(ColumnSpaceEnergy, SplitsVectorsByTheSpace) {
  // Columns of W: e_0, e_0 + e_1, e_1 (rank 2 of 3). More rows than one block.
  Matrix<float> w(600, 3);
  w(0, 0) = w(0, 1) = w(1, 1) = w(1, 2) = 1;
  Matrix<double> x(2, 600);
  x(0, 0) = 3;
  x(0, 1) = 4;
  x(0, 599) = 12;
  x(1, 1) = 2;
  const auto energy = column_space_energy(x, w);
  ASSERT_TRUE(energy) << energy.error().message;
  EXPECT_EQ(energy->rank, 2U);
  EXPECT_NEAR(energy->inside, 9 + 16 + 4, 1e-12);
}

TEST(ColumnSpaceEnergy, OfCombinationsOfColumnsIsAll) {
  const Matrix<float> w = rounded(random_matrix<double>(50, 8, 1));
  const Matrix<double> x =
      product_bt(random_matrix<double>(5, 8, 2), converted<double>(w.view()));
  const auto energy = column_space_energy(x, w).value();
  EXPECT_EQ(energy.rank, 8U);
  EXPECT_NEAR(energy.inside / energy_of(x), 1, 1e-10);
}

TEST(ColumnSpaceEnergy, OfRandomVectorsIsTheShareOfDimensions) {
  const Matrix<float> w = rounded(random_matrix<double>(100, 25, 1));
  const Matrix<double> x = random_matrix<double>(400, 100, 2);
  EXPECT_NEAR(column_space_energy(x, w)->inside / energy_of(x), 0.25, 0.02);
}

TEST(ColumnSpaceEnergy, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(column_space_energy(Matrix<double>(2, 3), Matrix<float>(4, 2)));
  Matrix<float> w(3, 2);
  w(1, 1) = NAN;
  EXPECT_FALSE(column_space_energy(Matrix<double>(2, 3), w));
}

}  // namespace
}  // namespace excise
