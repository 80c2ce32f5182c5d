// Causal self-attention, and the difference that changed queries, keys and
// values make to it. Vectorised; reference.h is the oracle. Nothing of size
// tokens x tokens is stored.
#ifndef EXCISE_MATH_OPS_ATTENTION_H_
#define EXCISE_MATH_OPS_ATTENTION_H_

#include <cstddef>

#include "core/matrix.h"
#include "math/ops/bfloat16.h"

namespace excise {

struct AttentionShape {
  size_t n_heads = 1;
  float scale = 1;  // of the scores
};

// z = softmax(scale q k) v for each head. qkv: [tokens, 3 d_model], queries,
// keys and values of all heads side by side; z: [tokens, d_model].
void attention_rows(MatrixView<const float> qkv, AttentionShape shape,
                    MatrixView<float> z);

// out = attention(qkv + delta) - z, where z = attention(qkv). delta: blocks of
// `tokens` rows below each other, [blocks * tokens, 3 d_model]; out: [blocks *
// tokens, d_model].
void attention_difference(MatrixView<const float> qkv,
                          MatrixView<const float> z,
                          MatrixView<const float> delta, AttentionShape shape,
                          MatrixView<float> out);
void attention_difference(MatrixView<const float> qkv,
                          MatrixView<const float> z,
                          MatrixView<const float> delta, AttentionShape shape,
                          MatrixView<BFloat16> out);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_ATTENTION_H_
