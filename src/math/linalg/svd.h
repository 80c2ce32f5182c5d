// Thin singular value decomposition in double precision.
#ifndef EXCISE_MATH_LINALG_SVD_H_
#define EXCISE_MATH_LINALG_SVD_H_

#include <cstddef>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

// A = U diag(s) V^T with r = min(rows, cols). s descends. Sign: the
// largest-magnitude entry of each row of Vt (the first of equals) is positive.
struct Svd {
  Matrix<double> u;                     // [rows, r]
  std::vector<double> singular_values;  // [r]
  Matrix<double> vt;                    // [r, cols]

  // Number of singular values above max(rows, cols) * eps(double) * s_0.
  size_t rank() const;
};

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_SVD_H_
