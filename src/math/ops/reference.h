// The operations of a transformer block as their definitions read, sums in
// double. The forward pass and the naive executor use these; the vectorised
// ones of the wavefront are tested against them.
#ifndef EXCISE_MATH_OPS_REFERENCE_H_
#define EXCISE_MATH_OPS_REFERENCE_H_

#include <span>

#include "core/matrix.h"
#include "math/ops/activation.h"
#include "math/ops/attention.h"
#include "math/ops/norm.h"

namespace excise {

// The norm of norm.h for each row. x, y: [tokens, width].
void norm(MatrixView<const float> x, const NormParameters& parameters,
          MatrixView<float> y);

// y = act(x), element by element; y may be x.
void activate(Activation activation, MatrixView<const float> x,
              MatrixView<float> y);

// y = act(gate) up. All: [tokens, d_mlp]; y may be either of the others.
void gate(Activation activation, MatrixView<const float> gate,
          MatrixView<const float> up, MatrixView<float> y);

// What the norm of a row divides by: sqrt(variance + epsilon) of kLayer,
// sqrt(mean of squares + epsilon) of kRms. x: [tokens, width]; scale: [tokens,
// 1].
void norm_scale(MatrixView<const float> x, const NormParameters& parameters,
                MatrixView<float> scale);

// Causal self-attention; what qkv and z are is said in attention.h. Token t
// sees shape.first_seen(t) .. t.
void causal_attention(MatrixView<const float> qkv, const AttentionShape& shape,
                      MatrixView<float> z);

// What causal_attention weighs values by: the scores, scaled and capped,
// -infinity where token t does not see token s, and the softmax of a row of
// them. Both: [n_heads * tokens, tokens], the rows of one head after those of
// the other.
void attention_scores(MatrixView<const float> qkv, const AttentionShape& shape,
                      MatrixView<float> scores);
void attention_pattern(MatrixView<const float> qkv, const AttentionShape& shape,
                       MatrixView<float> pattern);

// log(sum(exp(x))), in double.
double log_sum_exp(std::span<const float> x);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_REFERENCE_H_
