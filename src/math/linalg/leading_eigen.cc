#include "math/linalg/leading_eigen.h"

#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "math/linalg/product.h"

namespace excise {
namespace {

// Below this order, or from this share of all vectors on, the full
// decomposition is as quick.
constexpr size_t kFullOrder = 1024;
constexpr size_t kFullShare = 8;
constexpr size_t kOversampling = 16;
constexpr int kMostIterations = 100;
constexpr double kTolerance = 1e-10;

tl::unexpected<Error> gave_up(const char* routine, lapack_int info) {
  return fail(ErrorCode::kInternal, {.where = "eigenvalues",
                                     .subject = routine,
                                     .expected = "convergence",
                                     .found = "info " + std::to_string(info)});
}

// Rows become an orthonormal basis of their span; [k, n] with k <= n.
Status orthonormalize(Matrix<double>& rows) {
  const auto k = static_cast<lapack_int>(rows.rows());
  const auto n = static_cast<lapack_int>(rows.cols());
  std::vector<double> tau(rows.rows());
  // A row-major [k, n] is a column-major [n, k].
  lapack_int info =
      LAPACKE_dgeqrf(LAPACK_COL_MAJOR, n, k, rows.data(), n, tau.data());
  if (info == 0) {
    info =
        LAPACKE_dorgqr(LAPACK_COL_MAJOR, n, k, k, rows.data(), n, tau.data());
  }
  if (info != 0) return gave_up("dgeqrf", info);
  return {};
}

Eigen first_of(Eigen all, size_t count) {
  Eigen eigen;
  eigen.values.assign(all.values.begin(),
                      all.values.begin() + static_cast<ptrdiff_t>(count));
  eigen.vectors =
      converted<double>(std::as_const(all.vectors).view().row_range(0, count));
  return eigen;
}

// The largest ||G q_k - lambda_k q_k|| of the first `count`; images: rows G q.
double largest_residual(const Eigen& ritz, const Matrix<double>& images,
                        size_t count) {
  double largest = 0;
  for (size_t k = 0; k < count; ++k) {
    double squares = 0;
    for (size_t j = 0; j < images.cols(); ++j) {
      const double rest = images(k, j) - ritz.values[k] * ritz.vectors(k, j);
      squares += rest * rest;
    }
    largest = std::max(largest, std::sqrt(squares));
  }
  return largest;
}

Status check_finite(const Matrix<double>& symmetric) {
  for (size_t i = 0; i < symmetric.rows(); ++i) {
    if (std::isfinite(symmetric(i, i))) continue;
    return fail(ErrorCode::kBadInput, {.where = "eigenvalues",
                                       .subject = "the values to decompose",
                                       .expected = "finite numbers",
                                       .found = "NaN or infinity"});
  }
  return {};
}

}  // namespace

Result<Eigen> leading_eigen(const Matrix<double>& symmetric, size_t count,
                            uint64_t seed) {
  const size_t n = symmetric.rows();
  count = std::min(count, n);
  if (n <= kFullOrder || count * kFullShare >= n)
    return first_of(EXCISE_TRY(eigen_decompose(symmetric.clone())), count);
  EXCISE_CHECK(check_finite(symmetric));
  Random random(seed);
  Matrix<double> block(count + kOversampling, n);  // rows: vectors
  for (double& value : block.values()) value = random.normal();
  for (int i = 0; i < kMostIterations; ++i) {
    EXCISE_CHECK(orthonormalize(block));
    Matrix<double> images = product(block, symmetric);
    Eigen small = EXCISE_TRY(eigen_decompose(product_bt(block, images)));
    // Both turned to the Ritz vectors, the images being the next block.
    Eigen ritz{std::move(small.values), product(small.vectors, block)};
    images = product(small.vectors, images);
    if (largest_residual(ritz, images, count) <=
        kTolerance * std::abs(ritz.values[0])) {
      return first_of(std::move(ritz), count);
    }
    block = std::move(images);
  }
  return first_of(EXCISE_TRY(eigen_decompose(symmetric.clone())), count);
}

Result<Eigen> generalized_eigen(Matrix<double> s, Matrix<double> r,
                                size_t count) {
  EXCISE_CHECK(check_finite(s));
  EXCISE_CHECK(check_finite(r));
  const auto n = static_cast<lapack_int>(s.rows());
  count = std::min(count, s.rows());
  Eigen eigen;
  if (count == 0) return eigen;
  eigen.values.resize(s.rows());
  eigen.vectors = Matrix<double>(count, s.rows());
  std::vector<lapack_int> failed(s.rows());
  lapack_int found = 0;
  const lapack_int info = LAPACKE_dsygvx(
      LAPACK_COL_MAJOR, 1, 'V', 'I', 'L', n, s.data(), n, r.data(), n, 0, 0,
      n - static_cast<lapack_int>(count) + 1, n, 0, &found, eigen.values.data(),
      eigen.vectors.data(), n, failed.data());
  if (info > n) {
    return fail(ErrorCode::kBadInput,
                {.where = "eigenvalues",
                 .subject = "the matrix to compare with",
                 .expected = "positive definite",
                 .found = "a singular one",
                 .hint = "more tokens, or shrinkage above 0"});
  }
  if (info != 0) return gave_up("dsygvx", info);
  eigen.values.resize(count);
  std::ranges::reverse(eigen.values);
  for (size_t i = 0, j = count; i + 1 < j; ++i) {
    --j;
    std::ranges::swap_ranges(eigen.vectors.row(i), eigen.vectors.row(j));
  }
  return eigen;
}

}  // namespace excise
