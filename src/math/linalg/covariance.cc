#include "math/linalg/covariance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "math/linalg/symmetric.h"

namespace excise {
namespace {

double square(double value) { return value * value; }

template <typename T>
double norm(MatrixView<const T> matrix) {
  double squares = 0;
  for (size_t i = 0; i < matrix.rows(); ++i) {
    for (const T value : matrix.row(i))
      squares += square(static_cast<double>(value));
  }
  return std::sqrt(squares);
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

double trace(MatrixView<const double> matrix) {
  double sum = 0;
  for (size_t i = 0; i < matrix.rows(); ++i) sum += matrix(i, i);
  return sum;
}

}  // namespace

Matrix<double> token_covariance(MatrixView<const float> a) {
  if (a.cols() < 2) return Matrix<double>(a.rows(), a.rows());
  const auto neurons = static_cast<double>(a.cols());
  auto centred = converted<double>(a);
  for (size_t t = 0; t < a.rows(); ++t) {
    const auto row = centred.row(t);
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / neurons;
    for (double& value : row) value -= mean;
  }
  Matrix<double> covariance = row_gram(centred);
  for (double& value : covariance.values()) value /= neurons - 1;
  return covariance;
}

Result<std::vector<double>> spectrum_percent(MatrixView<const double> c) {
  auto percent = EXCISE_TRY(eigenvalues(converted<double>(c)));
  const double total = trace(c);
  for (double& value : percent) value = ratio(100 * value, total);
  return percent;
}

double participation_ratio(MatrixView<const double> c) {
  return ratio(square(trace(c)), square(norm(c)));
}

double relative_change(MatrixView<const double> before,
                       MatrixView<const double> after) {
  double squares = 0;
  for (size_t i = 0; i < before.rows(); ++i) {
    for (size_t j = 0; j < before.cols(); ++j)
      squares += square(after(i, j) - before(i, j));
  }
  return ratio(std::sqrt(squares), norm(before));
}

double relative_size(MatrixView<const float> delta,
                     MatrixView<const float> before) {
  return ratio(norm(delta), norm(before));
}

}  // namespace excise
