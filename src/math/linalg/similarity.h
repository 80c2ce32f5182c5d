// Cosine similarities between token states (docs/method.md, section 3).
#ifndef EXCISE_MATH_LINALG_SIMILARITY_H_
#define EXCISE_MATH_LINALG_SIMILARITY_H_

#include "core/matrix.h"

namespace excise {

// states: [tokens, d_model]. Cosines of all pairs of rows without row 0:
// [tokens - 1, tokens - 1], empty for fewer than two tokens. The diagonal is 1;
// the cosine with a row of zeros is 0.
Matrix<double> cosine_similarities(MatrixView<const float> states);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_SIMILARITY_H_
