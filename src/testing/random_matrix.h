// For tests: matrices of normal numbers.
#ifndef EXCISE_TESTING_RANDOM_MATRIX_H_
#define EXCISE_TESTING_RANDOM_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/matrix.h"
#include "core/random.h"

namespace excise {

template <typename T = float>
Matrix<T> random_matrix(size_t rows, size_t cols, uint64_t seed,
                        double scale = 1) {
  Random random(seed);
  Matrix<T> matrix(rows, cols);
  for (T& value : matrix.values())
    value = static_cast<T>(scale * random.normal());
  return matrix;
}

// [tokens, neurons] of the given rank, with a mean that is not zero.
inline Matrix<float> random_activations(size_t tokens, size_t neurons,
                                        size_t rank) {
  Random random(11, tokens * 1000 + neurons);
  Matrix<double> sum(tokens, neurons);
  std::vector<double> left(tokens), right(neurons);
  for (size_t k = 0; k < rank; ++k) {
    for (double& value : left) value = random.normal() + 0.5;
    for (double& value : right) value = random.normal() + 0.5;
    for (size_t t = 0; t < tokens; ++t) {
      for (size_t j = 0; j < neurons; ++j) sum(t, j) += left[t] * right[j];
    }
  }
  return converted<float>(std::as_const(sum).view());
}

}  // namespace excise

#endif  // EXCISE_TESTING_RANDOM_MATRIX_H_
