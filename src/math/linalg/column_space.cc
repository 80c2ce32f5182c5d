#include "math/linalg/column_space.h"

#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <cmath>
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

}  // namespace

Result<ColumnSpaceEnergy> column_space_energy(MatrixView<const double> x,
                                              MatrixView<const float> w) {
  const size_t d = w.cols();
  if (x.cols() != w.rows()) {
    return fail(ErrorCode::kBadInput, {.where = "column space",
                                       .subject = "width of the vectors",
                                       .expected = std::to_string(w.rows()),
                                       .found = std::to_string(x.cols())});
  }
  constexpr size_t kBlockRows = 512;
  Matrix<double> gram(d, d);
  Matrix<double> xw(x.rows(), d);
  for (size_t first = 0; first < w.rows(); first += kBlockRows) {
    add_products(x, w, first, std::min(kBlockRows, w.rows() - first), gram, xw);
  }
  for (size_t j = 0; j < d; ++j) {
    if (std::isfinite(gram(j, j))) continue;
    return fail(ErrorCode::kBadInput, {.where = "column space",
                                       .subject = "a matrix",
                                       .expected = "finite numbers",
                                       .found = "NaN or infinity"});
  }
  // The lower triangle by rows is the upper one by columns: P^T G P = U^T U.
  std::vector<lapack_int> pivots(d);
  lapack_int rank = 0;
  const lapack_int n = static_cast<lapack_int>(d);
  const lapack_int info = LAPACKE_dpstrf(LAPACK_COL_MAJOR, 'U', n, gram.data(),
                                         n, pivots.data(), &rank, -1.0);
  if (info < 0) {
    return fail(ErrorCode::kInternal,
                {.where = "column space", .subject = "LAPACK dpstrf"});
  }
  const auto r = static_cast<size_t>(rank);
  Matrix<double> inside(x.rows(), r);
  for (size_t i = 0; i < x.rows(); ++i) {
    for (size_t k = 0; k < r; ++k)
      inside(i, k) = xw(i, static_cast<size_t>(pivots[k]) - 1);
  }
  ColumnSpaceEnergy energy{0, r};
  if (inside.empty()) return energy;
  // Rows z with z U = y: the coordinates of x in W P U^-1, which is
  // orthonormal.
  cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit,
              static_cast<int>(x.rows()), static_cast<int>(r), 1.0, gram.data(),
              static_cast<int>(d), inside.data(), static_cast<int>(r));
  for (const double value : inside.values()) energy.inside += value * value;
  return energy;
}

}  // namespace excise
