// Thin singular value decomposition in double precision.
#ifndef EXCISE_MATH_LINALG_SVD_H_
#define EXCISE_MATH_LINALG_SVD_H_

#include <cstddef>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

// A singular value below this times the largest counts as zero: float32
// activations cannot tell it from rounding, and the squares lose it.
inline constexpr double kRankTolerance = 1e-6;

// One component: unit vectors u_k [rows] and v_k [cols]. Sign: the
// largest-magnitude entry of v_k (the first of equals) is positive.
struct SingularVectors {
  std::vector<double> left;
  std::vector<double> right;
};

// X = U diag(s) V^T with r = min(rows, cols), from the eigenvectors of X X^T or
// X^T X, whichever is smaller: nothing of size max(rows, cols)^2 is ever made.
// The vectors of the longer side are computed when they are asked for.
struct Svd {
  Matrix<double> matrix;                // X [rows, cols]
  Matrix<double> shorter;               // [r, r], row k: u_k or v_k, any sign
  std::vector<double> singular_values;  // [r], descending, 0 from rank() on

  // Number of singular values that are not 0.
  size_t rank() const;

  // k below rank(). Cost: one pass over X.
  SingularVectors vectors(size_t k) const;
};

// Takes X over. Errors: bad_input when a value is NaN or infinite, internal
// when LAPACK gives up.
Result<Svd> thin_svd(Matrix<double> x);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_SVD_H_
