// The operations of a transformer block as their definitions read, sums in
// double. The forward pass and the naive executor use these; the vectorised
// ones of the wavefront are tested against them.
#ifndef EXCISE_MATH_OPS_REFERENCE_H_
#define EXCISE_MATH_OPS_REFERENCE_H_

#include <span>

#include "core/matrix.h"
#include "math/ops/activation.h"

namespace excise {

// y = (x - mean) / sqrt(var + epsilon) * weight + bias for each row; var over
// n. weight, bias: [1, cols].
void layer_norm(MatrixView<const float> x, MatrixView<const float> weight,
                MatrixView<const float> bias, float epsilon,
                MatrixView<float> y);

// In place.
void activate(Activation activation, MatrixView<float> x);

// Causal self-attention. qkv: [tokens, 3 d_model], the queries, keys and values
// of all heads side by side; z: [tokens, d_model]. Scores are multiplied by
// scale; token t sees 0..t.
void causal_attention(MatrixView<const float> qkv, size_t n_heads, float scale,
                      MatrixView<float> z);

// log(sum(exp(x))), in double.
double log_sum_exp(std::span<const float> x);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_REFERENCE_H_
