// For tests: a matrix of given values.
#ifndef EXCISE_TESTING_MADE_MATRIX_H_
#define EXCISE_TESTING_MADE_MATRIX_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/matrix.h"

namespace excise {

// values: row by row.
inline Matrix<double> matrix(size_t rows, size_t cols,
                             const std::vector<double>& values) {
  Matrix<double> made(rows, cols);
  std::ranges::copy(values, made.values().begin());
  return made;
}

}  // namespace excise

#endif  // EXCISE_TESTING_MADE_MATRIX_H_
