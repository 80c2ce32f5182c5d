// LayerNorm, and the difference that a changed input makes to it. Vectorised;
// reference.h is the oracle.
#ifndef EXCISE_MATH_OPS_LAYER_NORM_H_
#define EXCISE_MATH_OPS_LAYER_NORM_H_

#include "core/matrix.h"
#include "math/ops/bfloat16.h"

namespace excise {

struct LayerNormParameters {
  MatrixView<const float> weight;  // [1, d_model]
  MatrixView<const float> bias;    // [1, d_model]
  float epsilon = 0;
};

// y = ln(x) row by row. x, y: [tokens, d_model].
void layer_norm_rows(MatrixView<const float> x,
                     const LayerNormParameters& parameters,
                     MatrixView<float> y);

// out = ln(x + delta) - ln(x), where y = ln(x). x, y: [tokens, d_model]; delta,
// out: some blocks of `tokens` rows below each other, row i of a block
// belonging to row i of x. out may be delta.
void layer_norm_difference(MatrixView<const float> x, MatrixView<const float> y,
                           MatrixView<const float> delta,
                           const LayerNormParameters& parameters,
                           MatrixView<float> out);
void layer_norm_difference(MatrixView<const float> x, MatrixView<const float> y,
                           MatrixView<const float> delta,
                           const LayerNormParameters& parameters,
                           MatrixView<BFloat16> out);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_LAYER_NORM_H_
