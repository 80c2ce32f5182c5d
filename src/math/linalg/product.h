// Matrix products in double precision.
#ifndef EXCISE_MATH_LINALG_PRODUCT_H_
#define EXCISE_MATH_LINALG_PRODUCT_H_

#include "core/matrix.h"

namespace excise {

// a b, [m, k] and [k, n] -> [m, n].
Matrix<double> product(MatrixView<const double> a, MatrixView<const double> b);
// a b^T, [m, k] and [n, k] -> [m, n].
Matrix<double> product_bt(MatrixView<const double> a,
                          MatrixView<const double> b);
// a^T b, [k, m] and [k, n] -> [m, n].
Matrix<double> product_at(MatrixView<const double> a,
                          MatrixView<const double> b);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_PRODUCT_H_
