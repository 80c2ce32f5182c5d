#include "math/linalg/random_directions.h"

#include <gtest/gtest.h>

#include <vector>

#include "math/linalg/product.h"

namespace excise {
namespace {

// Orthonormal rows of a plane and a line: e_0, (3 e_1 + 4 e_4) / 5, e_2.
Matrix<double> made_basis() {
  Matrix<double> basis(3, 6);
  basis(0, 0) = 1;
  basis(1, 1) = 0.6;
  basis(1, 4) = 0.8;
  basis(2, 2) = 1;
  return basis;
}

TEST(RandomDirections, AreOrthonormalAndOfTheSubspace) {
  const Matrix<double> basis = made_basis();
  Random random(1);
  const auto rows = random_directions(basis, 2, random);
  ASSERT_TRUE(rows) << rows.error().message;
  const Matrix<double> gram = product_bt(*rows, *rows);
  const Matrix<double> coordinates = product_bt(*rows, basis);
  const Matrix<double> inside = product_bt(coordinates, coordinates);
  for (size_t i = 0; i < 2; ++i) {
    for (size_t j = 0; j < 2; ++j) {
      EXPECT_NEAR(gram(i, j), i == j ? 1 : 0, 1e-14);
      EXPECT_NEAR(inside(i, j), i == j ? 1 : 0, 1e-14);
    }
  }
}

TEST(RandomDirections, AreUniform) {
  const Matrix<double> basis = made_basis();
  constexpr int kDraws = 5000;
  std::vector<double> share(basis.rows());
  for (int draw = 0; draw < kDraws; ++draw) {
    Random random(0, static_cast<uint64_t>(draw));
    const Matrix<double> row = random_directions(basis, 1, random).value();
    const Matrix<double> coordinates = product_bt(row, basis);
    for (size_t k = 0; k < share.size(); ++k)
      share[k] += coordinates(0, k) * coordinates(0, k) / kDraws;
  }
  // The standard error of a share is sqrt(4 / 45 / 5000) = 0.0042.
  for (const double value : share) EXPECT_NEAR(value, 1.0 / 3, 0.017);
}

TEST(RandomDirections, MoreThanTheRankIsAnError) {
  Random random(1);
  const auto rows = random_directions(made_basis(), 4, random);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace excise
