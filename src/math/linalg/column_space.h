// How much of some vectors lies in the column space of a matrix.
#ifndef EXCISE_MATH_LINALG_COLUMN_SPACE_H_
#define EXCISE_MATH_LINALG_COLUMN_SPACE_H_

#include <cstddef>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

struct ColumnSpaceEnergy {
  double inside = 0;  // ||X Q||^2, Q an orthonormal basis of the column space
  size_t rank = 0;    // of W
};

// X: [rows, n], W: [n, d]. By the pivoted Cholesky factor of W^T W, so that
// nothing of the size of W is made in double. Directions of W below about 1e-7
// of its largest do not count. Errors: bad_input when a value is not finite or
// the widths differ, internal when LAPACK gives up.
Result<ColumnSpaceEnergy> column_space_energy(MatrixView<const double> x,
                                              MatrixView<const float> w);

// The part of each row of X in it, X Q Q^T [rows, n]. Errors: the same.
Result<Matrix<double>> column_space_part(MatrixView<const double> x,
                                         MatrixView<const float> w);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_COLUMN_SPACE_H_
