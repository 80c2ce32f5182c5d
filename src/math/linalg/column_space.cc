#include "math/linalg/column_space.h"

#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace excise {
namespace {

// The parts of the products that these rows of W make.
void add_products(MatrixView<const double> x, MatrixView<const float> w,
                  size_t first, size_t count, Matrix<double>& gram,
                  Matrix<double>& xw) {
  const Matrix<double> block =
      converted<double>(MatrixView<const float>(w.row_range(first, count)));
  const int d = static_cast<int>(w.cols());
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, d, static_cast<int>(count),
              1.0, block.data(), d, 1.0, gram.data(), d);
  if (x.rows() == 0) return;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans,
              static_cast<int>(x.rows()), d, static_cast<int>(count), 1.0,
              x.data() + first, static_cast<int>(x.stride()), block.data(), d,
              1.0, xw.data(), d);
}

// Coordinates of X in Q = W P U^-1, an orthonormal basis, where P^T W^T W P =
// U^T U.
struct Coordinates {
  Matrix<double> factor;           // U, the upper triangle by columns [d, d]
  std::vector<lapack_int> pivots;  // P, counted from 1
  Matrix<double> inside;           // X Q, [rows, rank]
};

// y becomes y U^-1, or y U^-T.
void solve(const Matrix<double>& factor, CBLAS_TRANSPOSE transpose,
           Matrix<double>& y) {
  cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, transpose, CblasNonUnit,
              static_cast<int>(y.rows()), static_cast<int>(y.cols()), 1.0,
              factor.data(), static_cast<int>(factor.cols()), y.data(),
              static_cast<int>(y.cols()));
}

Result<Coordinates> coordinates(MatrixView<const double> x,
                                MatrixView<const float> w) {
  const size_t d = w.cols();
  if (x.cols() != w.rows()) {
    return fail(ErrorCode::kBadInput, {.where = "column space",
                                       .subject = "width of the vectors",
                                       .expected = std::to_string(w.rows()),
                                       .found = std::to_string(x.cols())});
  }
  constexpr size_t kBlockRows = 512;
  Coordinates found{Matrix<double>(d, d), std::vector<lapack_int>(d), {}};
  Matrix<double> xw(x.rows(), d);
  for (size_t first = 0; first < w.rows(); first += kBlockRows) {
    add_products(x, w, first, std::min(kBlockRows, w.rows() - first),
                 found.factor, xw);
  }
  for (size_t j = 0; j < d; ++j) {
    if (std::isfinite(found.factor(j, j))) continue;
    return fail(ErrorCode::kBadInput, {.where = "column space",
                                       .subject = "a matrix",
                                       .expected = "finite numbers",
                                       .found = "NaN or infinity"});
  }
  // The lower triangle by rows is the upper one by columns.
  lapack_int rank = 0;
  const lapack_int n = static_cast<lapack_int>(d);
  const lapack_int info =
      LAPACKE_dpstrf(LAPACK_COL_MAJOR, 'U', n, found.factor.data(), n,
                     found.pivots.data(), &rank, -1.0);
  if (info < 0) {
    return fail(ErrorCode::kInternal,
                {.where = "column space", .subject = "LAPACK dpstrf"});
  }
  const auto r = static_cast<size_t>(rank);
  found.inside = Matrix<double>(x.rows(), r);
  for (size_t i = 0; i < x.rows(); ++i) {
    for (size_t k = 0; k < r; ++k)
      found.inside(i, k) = xw(i, static_cast<size_t>(found.pivots[k]) - 1);
  }
  if (!found.inside.empty()) solve(found.factor, CblasTrans, found.inside);
  return found;
}

}  // namespace

Result<ColumnSpaceEnergy> column_space_energy(MatrixView<const double> x,
                                              MatrixView<const float> w) {
  const Coordinates found = EXCISE_TRY(coordinates(x, w));
  ColumnSpaceEnergy energy{0, found.inside.cols()};
  for (const double value : found.inside.values())
    energy.inside += value * value;
  return energy;
}

Result<Matrix<double>> column_space_part(MatrixView<const double> x,
                                         MatrixView<const float> w) {
  Coordinates found = EXCISE_TRY(coordinates(x, w));
  Matrix<double> part(x.rows(), x.cols());
  if (found.inside.empty()) return part;
  // X Q Q^T = (X Q) U^-T P^T W^T.
  solve(found.factor, CblasNoTrans, found.inside);
  for (size_t i = 0; i < x.rows(); ++i) {
    for (size_t j = 0; j < w.rows(); ++j) {
      for (size_t k = 0; k < found.inside.cols(); ++k)
        part(i, j) += found.inside(i, k) *
                      double{w(j, static_cast<size_t>(found.pivots[k]) - 1)};
    }
  }
  return part;
}

}  // namespace excise
