// LayerNorm and RMSNorm, and the difference that a changed input makes to them.
// Vectorised; reference.h is the oracle. Rows may have gaps between them, so a
// head's columns can be normalised alone.
#ifndef EXCISE_MATH_OPS_NORM_H_
#define EXCISE_MATH_OPS_NORM_H_

#include "core/matrix.h"
#include "math/ops/bfloat16.h"

namespace excise {

// kLayer: (x - mean) / sqrt(var + epsilon), var over n; kRms: x / sqrt(mean of
// squares + epsilon). Both times weight, plus bias.
enum class NormKind { kLayer, kRms };

struct NormParameters {
  NormKind kind = NormKind::kLayer;
  MatrixView<const float> weight;  // [1, width]; empty: ones
  MatrixView<const float> bias;    // [1, width]; empty: zeros
  float epsilon = 0;
};

// y = norm(x) row by row. x, y: [tokens, width]; y may be x.
void norm_rows(MatrixView<const float> x, const NormParameters& parameters,
               MatrixView<float> y);

// out = norm(x + delta) - y, where y = norm(x). x, y: [tokens, width]; delta,
// out: some blocks of `tokens` rows below each other, row i of a block
// belonging to row i of x. out may be delta.
void norm_difference(MatrixView<const float> x, MatrixView<const float> y,
                     MatrixView<const float> delta,
                     const NormParameters& parameters, MatrixView<float> out);
void norm_difference(MatrixView<const float> x, MatrixView<const float> y,
                     MatrixView<const float> delta,
                     const NormParameters& parameters,
                     MatrixView<BFloat16> out);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_NORM_H_
