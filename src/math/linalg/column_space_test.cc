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

TEST(ColumnSpacePart, IsTheProjection) {
  // Columns of W: e_0, e_0 + e_1, e_1 (rank 2 of 3).
  Matrix<float> w(5, 3);
  w(0, 0) = w(0, 1) = w(1, 1) = w(1, 2) = 1;
  Matrix<double> x(2, 5);
  x(0, 0) = 3;
  x(0, 1) = 4;
  x(0, 4) = 12;
  x(1, 3) = 2;
  const auto part = column_space_part(x, w);
  ASSERT_TRUE(part) << part.error().message;
  for (size_t i = 0; i < 2; ++i) {
    for (size_t j = 0; j < 5; ++j)
      EXPECT_NEAR((*part)(i, j), j < 2 ? x(i, j) : 0, 1e-12) << i << ", " << j;
  }
  // What is inside stays, and what is left is orthogonal to all columns.
  const Matrix<float> wide = rounded(random_matrix<double>(40, 6, 3));
  const Matrix<double> y = random_matrix<double>(3, 40, 4);
  const auto inside = column_space_part(y, wide);
  Matrix<double> rest = y.clone();
  for (size_t i = 0; i < rest.size(); ++i)
    rest.values()[i] -= inside->values()[i];
  const Matrix<double> products = product(rest, converted<double>(wide.view()));
  for (const double value : products.values()) EXPECT_NEAR(value, 0, 1e-10);
  EXPECT_NEAR(energy_of(*inside), column_space_energy(y, wide)->inside, 1e-10);
}

TEST(ColumnSpaceEnergy, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(column_space_energy(Matrix<double>(2, 3), Matrix<float>(4, 2)));
  Matrix<float> w(3, 2);
  w(1, 1) = NAN;
  EXPECT_FALSE(column_space_energy(Matrix<double>(2, 3), w));
}

}  // namespace
}  // namespace excise
