// Covariance between tokens over neurons, and what is said of it
// (docs/method.md, section 3).
#ifndef EXCISE_MATH_LINALG_COVARIANCE_H_
#define EXCISE_MATH_LINALG_COVARIANCE_H_

#include <vector>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

// a: [tokens, neurons]. [tokens, tokens], cols - 1 in the denominator, in
// double. Zero for fewer than two neurons.
Matrix<double> token_covariance(MatrixView<const float> a);

// Eigenvalues of a covariance [n, n] in % of the trace, descending [n]; all 0
// for a zero matrix. Errors: bad_input when a value is NaN or infinite,
// internal when LAPACK gives up.
Result<std::vector<double>> spectrum_percent(MatrixView<const double> c);

// (sum lambda)^2 / sum lambda^2 = trace^2 / ||C||^2, how many directions carry
// the variance: 1 to n; 0 for a zero matrix.
double participation_ratio(MatrixView<const double> c);

// ||after - before|| / ||before|| (Frobenius), of one shape; 0 for before = 0.
double relative_change(MatrixView<const double> before,
                       MatrixView<const double> after);

// ||delta|| / ||before|| (Frobenius, summed in double); 0 for before = 0.
double relative_size(MatrixView<const float> delta,
                     MatrixView<const float> before);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_COVARIANCE_H_
