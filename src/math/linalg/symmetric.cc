#include "math/linalg/symmetric.h"

#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/threads.h"

namespace excise {
namespace {

// One thread for small matrices, where a second saves nothing but waits for its
// turn on a busy machine. Through OpenMP, whose number OpenBLAS follows:
// openblas_set_num_threads would lose the one that the caller chose.
class BlasThreads : ThreadCount {
 public:
  // work: multiplications and additions.
  explicit BlasThreads(double work) : ThreadCount(work < kLittleWork ? 1 : 0) {}

 private:
  static constexpr double kLittleWork = 3e7;  // a millisecond
};

// The upper triangle of sum += x x^T or x^T x.
void add_gram(const Matrix<double>& x, bool of_rows, Matrix<double>& sum) {
  if (x.empty()) return;
  const size_t order = sum.rows();
  const BlasThreads threads(static_cast<double>(order) *
                            static_cast<double>(x.size()));
  cblas_dsyrk(CblasRowMajor, CblasUpper, of_rows ? CblasNoTrans : CblasTrans,
              static_cast<int>(order),
              static_cast<int>(of_rows ? x.cols() : x.rows()), 1.0, x.data(),
              static_cast<int>(x.cols()), 1.0, sum.data(),
              static_cast<int>(order));
}

Matrix<double> gram(const Matrix<double>& x, bool of_rows) {
  const size_t order = of_rows ? x.rows() : x.cols();
  Matrix<double> product(order, order);
  add_gram(x, of_rows, product);
  copy_upper_triangle(product);
  return product;
}

// Ascending eigenvalues; with job 'V' unit eigenvectors replace `symmetric`, as
// rows because it is column-major to LAPACK.
Result<std::vector<double>> run_dsyevd(char job, Matrix<double>& symmetric) {
  std::vector<double> values(symmetric.rows());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(symmetric(i, i))) continue;
    return fail(ErrorCode::kBadInput, {.where = "eigenvalues",
                                       .subject = "the values to decompose",
                                       .expected = "finite numbers",
                                       .found = "NaN or infinity"});
  }
  const auto n = static_cast<lapack_int>(values.size());
  if (n == 0) return values;
  const auto order = static_cast<double>(n);
  const BlasThreads threads(4 * order * order * order);
  const lapack_int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, job, 'L', n,
                                         symmetric.data(), n, values.data());
  if (info != 0) {
    return fail(ErrorCode::kInternal,
                {.where = "eigenvalues",
                 .subject = "dsyevd of order " + std::to_string(n),
                 .expected = "convergence",
                 .found = "info " + std::to_string(info)});
  }
  return values;
}

}  // namespace

Matrix<double> row_gram(const Matrix<double>& x) { return gram(x, true); }

Matrix<double> column_gram(const Matrix<double>& x) { return gram(x, false); }

void add_column_gram(const Matrix<double>& x, Matrix<double>& sum) {
  add_gram(x, false, sum);
}

void copy_upper_triangle(Matrix<double>& symmetric) {
  for (size_t i = 0; i < symmetric.rows(); ++i) {
    for (size_t j = 0; j < i; ++j) symmetric(i, j) = symmetric(j, i);
  }
}

Result<Eigen> eigen_decompose(Matrix<double> symmetric) {
  Eigen eigen;
  eigen.values = EXCISE_TRY(run_dsyevd('V', symmetric));
  std::ranges::reverse(eigen.values);
  eigen.vectors = std::move(symmetric);
  for (size_t i = 0, j = eigen.values.size(); i + 1 < j; ++i) {
    --j;
    std::ranges::swap_ranges(eigen.vectors.row(i), eigen.vectors.row(j));
  }
  return eigen;
}

Result<std::vector<double>> eigenvalues(Matrix<double> symmetric) {
  auto values = EXCISE_TRY(run_dsyevd('N', symmetric));
  std::ranges::reverse(values);
  return values;
}

}  // namespace excise
