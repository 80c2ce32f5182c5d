// Orthonormal directions drawn at random from a subspace.
#ifndef EXCISE_MATH_LINALG_RANDOM_DIRECTIONS_H_
#define EXCISE_MATH_LINALG_RANDOM_DIRECTIONS_H_

#include <cstddef>

#include "core/error.h"
#include "core/matrix.h"
#include "core/random.h"

namespace excise {

// `count` orthonormal rows [count, cols], uniform among all sets of that many
// in the subspace that `basis` spans: normal coordinates, made orthonormal.
// basis: orthonormal rows [rank, cols]. Errors: bad_input for more directions
// than the rank.
Result<Matrix<double>> random_directions(MatrixView<const double> basis,
                                         size_t count, Random& random);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_RANDOM_DIRECTIONS_H_
