// Products and eigenvalues of symmetric matrices in double precision.
#ifndef EXCISE_MATH_LINALG_SYMMETRIC_H_
#define EXCISE_MATH_LINALG_SYMMETRIC_H_

#include <vector>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

// Both triangles of x x^T, [rows, rows].
Matrix<double> row_gram(const Matrix<double>& x);
// Both triangles of x^T x, [cols, cols].
Matrix<double> column_gram(const Matrix<double>& x);

// The upper triangle of sum += x^T x, and the lower one from it.
void add_column_gram(const Matrix<double>& x, Matrix<double>& sum);
void copy_upper_triangle(Matrix<double>& symmetric);

struct Eigen {
  std::vector<double> values;  // descending
  Matrix<double> vectors;      // row k: unit eigenvector, either sign
};

// symmetric: [n, n]; only one triangle is read. Errors: bad_input when a value
// on the diagonal is NaN or infinite, internal when LAPACK gives up.
Result<Eigen> eigen_decompose(Matrix<double> symmetric);
// The values alone, which is quicker.
Result<std::vector<double>> eigenvalues(Matrix<double> symmetric);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_SYMMETRIC_H_
