#include "math/linalg/similarity.h"

#include <cmath>
#include <numeric>

#include "math/linalg/symmetric.h"

namespace excise {

Matrix<double> cosine_similarities(MatrixView<const float> states) {
  if (states.rows() < 2) return {};
  auto units = converted<double>(states.row_range(1, states.rows() - 1));
  for (size_t t = 0; t < units.rows(); ++t) {
    const auto row = units.row(t);
    const double length =
        std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    if (length == 0) continue;
    for (double& value : row) value /= length;
  }
  Matrix<double> cosines = row_gram(units);
  for (size_t t = 0; t < units.rows(); ++t) cosines(t, t) = 1;
  return cosines;
}

}  // namespace excise
