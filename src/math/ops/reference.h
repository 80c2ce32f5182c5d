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

// Causal self-attention; what qkv and z are is said in attention.h. Token t
// sees shape.first_seen(t) .. t.
void causal_attention(MatrixView<const float> qkv, const AttentionShape& shape,
                      MatrixView<float> z);

// log(sum(exp(x))), in double.
double log_sum_exp(std::span<const float> x);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_REFERENCE_H_
