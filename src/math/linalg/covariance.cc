#include "math/linalg/covariance.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "math/linalg/symmetric.h"

namespace excise {
namespace {

// Below it a second thread costs more than it saves.
constexpr size_t kManyColumns = 4096;

double square(double value) { return value * value; }

template <typename T>
double sum_of_squares(std::span<const T> row) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t j = 0; j < row.size(); ++j)
    sum += square(static_cast<double>(row[j]));
  return sum;
}

double sum_of(std::span<const double> row) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t j = 0; j < row.size(); ++j) sum += row[j];
  return sum;
}

// Row sums are added in their order: the same bytes for any number of threads.
template <typename T>
double norm(MatrixView<const T> matrix) {
  std::vector<double> squares(matrix.rows());
#pragma omp parallel for schedule(static) if (matrix.cols() > kManyColumns)
  for (size_t i = 0; i < matrix.rows(); ++i)
    squares[i] = sum_of_squares<T>(matrix.row(i));
  return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
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
  auto centred = Matrix<double>::uninitialized(a.rows(), a.cols());
#pragma omp parallel for schedule(static) if (a.cols() > kManyColumns)
  for (size_t t = 0; t < a.rows(); ++t) {
    const auto row = centred.row(t);
    std::ranges::copy(a.row(t), row.begin());
    const double mean = sum_of(row) / neurons;
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
