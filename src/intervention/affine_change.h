// What a linear edit does to one activation row a [width]:
//   a' = a - (a F^T - o) A + c
// F and A have a row for each component. Such an edit can be written into the
// weights on either side of the activation.
#ifndef EXCISE_INTERVENTION_AFFINE_CHANGE_H_
#define EXCISE_INTERVENTION_AFFINE_CHANGE_H_

#include <cstddef>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

struct AffineChange {
  Matrix<double> filters;       // F [components, width]
  std::vector<double> offsets;  // o [components]
  Matrix<double> atoms;         // A [components, width]
  std::vector<double> shift;    // c [width]

  size_t width() const { return shift.size(); }
};

// rows: [any, width], each becomes a'. Summed in double, then rounded.
void apply_change(const AffineChange& change, MatrixView<float> rows);

// Where a = x W + b feeds the activation, the weights that give a' instead:
//   W' = W - W F^T A,   b' = b - (b F^T - o) A + c.
// weight: [inputs, width]; bias: [1, width].
void fold_into_output(const AffineChange& change, MatrixView<double> weight,
                      MatrixView<double> bias);

// Where y = a W + b reads the activation and nothing else does:
//   W' = W - F^T (A W),   b' = b + (o A + c) W.
// weight: [width, outputs]; bias: [1, outputs].
void fold_into_input(const AffineChange& change, MatrixView<double> weight,
                     MatrixView<double> bias);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_AFFINE_CHANGE_H_
