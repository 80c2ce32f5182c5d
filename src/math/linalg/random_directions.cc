#include "math/linalg/random_directions.h"

#include <cmath>
#include <numeric>
#include <span>
#include <string>

#include "math/linalg/product.h"

namespace excise {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Gram-Schmidt, each row twice: once leaves rounding that the second removes.
void make_orthonormal(Matrix<double>& rows) {
  for (size_t i = 0; i < rows.rows(); ++i) {
    const std::span<double> row = rows.row(i);
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t j = 0; j < i; ++j) {
        const double overlap = dot(row, rows.row(j));
        for (size_t c = 0; c < row.size(); ++c) row[c] -= overlap * rows(j, c);
      }
      const double norm = std::sqrt(dot(row, row));
      for (double& value : row) value /= norm;
    }
  }
}

}  // namespace

Result<Matrix<double>> random_directions(MatrixView<const double> basis,
                                         size_t count, Random& random) {
  if (count > basis.rows()) {
    return fail(ErrorCode::kBadInput,
                {.where = "random directions",
                 .subject = "number of directions",
                 .expected = "at most " + std::to_string(basis.rows()) +
                             ", the rank of these activations",
                 .found = std::to_string(count)});
  }
  Matrix<double> coordinates(count, basis.rows());
  for (double& value : coordinates.values()) value = random.normal();
  make_orthonormal(coordinates);
  Matrix<double> directions = product(coordinates, basis);
  // What rounding in the basis has cost.
  make_orthonormal(directions);
  return directions;
}

}  // namespace excise
