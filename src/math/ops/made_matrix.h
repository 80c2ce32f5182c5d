// For tests: matrices of normal numbers.
#ifndef EXCISE_MATH_OPS_MADE_MATRIX_H_
#define EXCISE_MATH_OPS_MADE_MATRIX_H_

#include <cstddef>
#include <cstdint>

#include "core/matrix.h"
#include "core/random.h"

namespace excise {

inline Matrix<float> random_matrix(size_t rows, size_t cols, uint64_t seed,
                                   double scale = 1) {
  Random random(seed);
  Matrix<float> matrix(rows, cols);
  for (float& value : matrix.values())
    value = static_cast<float>(scale * random.normal());
  return matrix;
}

}  // namespace excise

#endif  // EXCISE_MATH_OPS_MADE_MATRIX_H_
