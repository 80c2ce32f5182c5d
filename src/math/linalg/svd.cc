#include "math/linalg/svd.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "math/linalg/symmetric.h"

namespace excise {
namespace {

bool rows_are_shorter(const Matrix<double>& x) { return x.rows() <= x.cols(); }

// X x, or X^T x.
std::vector<double> product(const Matrix<double>& matrix, bool transposed,
                            std::span<const double> x) {
  std::vector<double> y(transposed ? matrix.cols() : matrix.rows());
  cblas_dgemv(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans,
              static_cast<int>(matrix.rows()), static_cast<int>(matrix.cols()),
              1.0, matrix.data(), static_cast<int>(matrix.cols()), x.data(), 1,
              0.0, y.data(), 1);
  return y;
}

void scale(std::vector<double>& values, double factor) {
  for (double& value : values) value *= factor;
}

}  // namespace

size_t Svd::rank() const {
  return static_cast<size_t>(std::ranges::find(singular_values, 0.0) -
                             singular_values.begin());
}

SingularVectors Svd::vectors(size_t k) const {
  const std::span<const double> known = shorter.row(k);
  std::vector<double> other = product(matrix, rows_are_shorter(matrix), known);
  scale(other,
        1 / cblas_dnrm2(static_cast<int>(other.size()), other.data(), 1));
  SingularVectors vectors{{known.begin(), known.end()}, std::move(other)};
  if (!rows_are_shorter(matrix)) std::swap(vectors.left, vectors.right);
  const double largest = *std::ranges::max_element(
      vectors.right, {}, [](double value) { return std::abs(value); });
  if (largest < 0) {
    scale(vectors.left, -1);
    scale(vectors.right, -1);
  }
  return vectors;
}

Result<Svd> thin_svd(Matrix<double> x) {
  Eigen eigen = EXCISE_TRY(
      eigen_decompose(rows_are_shorter(x) ? row_gram(x) : column_gram(x)));
  std::vector<double> singular_values(eigen.values.size());
  for (size_t k = 0; k < singular_values.size(); ++k) {
    const double value = std::sqrt(std::max(eigen.values[k], 0.0));
    if (value <= kRankTolerance * singular_values[0]) break;
    singular_values[k] = value;
  }
  return Svd{std::move(x), std::move(eigen.vectors),
             std::move(singular_values)};
}

}  // namespace excise
