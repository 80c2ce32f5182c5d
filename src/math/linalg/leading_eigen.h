// The largest eigenvalues of a symmetric matrix, and of a pair of them.
#ifndef EXCISE_MATH_LINALG_LEADING_EIGEN_H_
#define EXCISE_MATH_LINALG_LEADING_EIGEN_H_

#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "core/matrix.h"
#include "math/linalg/symmetric.h"

namespace excise {

// The `count` largest eigenvalues of a positive semidefinite matrix [n, n],
// with vectors [count, n]. Large matrices of which few are asked for: seeded
// block subspace iteration with Rayleigh-Ritz (Halko, Martinsson, Tropp 2011,
// section 4.5), until every residual ||G q - lambda q|| is below 1e-10 of the
// largest eigenvalue; others, and where that does not come about, the full
// decomposition. Errors: those of eigen_decompose().
Result<Eigen> leading_eigen(const Matrix<double>& symmetric, size_t count,
                            uint64_t seed);

// The `count` largest lambda of S w = lambda R w, descending, scaled to
// w^T R w = 1; row k of vectors is w_k. Both [n, n]. Errors: bad_input when R
// is not positive definite, or a value is NaN or infinite; internal when LAPACK
// gives up.
Result<Eigen> generalized_eigen(Matrix<double> s, Matrix<double> r,
                                size_t count);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_LEADING_EIGEN_H_
