// Causal self-attention, and the difference that changed queries, keys and
// values make to it: of all decoder families, so with grouped heads, capped
// scores and windows. Vectorised; reference.h is the oracle. Nothing of size
// tokens x tokens is stored.
#ifndef EXCISE_MATH_OPS_ATTENTION_H_
#define EXCISE_MATH_OPS_ATTENTION_H_

#include <cstddef>
#include <span>

#include "core/matrix.h"
#include "math/ops/bfloat16.h"

namespace excise {

// Query head h reads key and value head h / (n_heads / n_kv_heads).
struct AttentionShape {
  size_t n_heads = 1;     // of queries
  size_t n_kv_heads = 1;  // of keys and values; divides n_heads
  size_t d_head = 1;
  float scale = 1;  // of the scores
  // Scores become cap tanh(scale q k / cap), NaN where they overflow; 0: as
  // they are.
  float cap = 0;
  size_t window = 0;  // positions a token sees, with its own; 0: all up to it

  // Columns of queries (and of what comes out), of keys, and of all side by
  // side.
  size_t q_width() const { return n_heads * d_head; }
  size_t kv_width() const { return n_kv_heads * d_head; }
  size_t qkv_width() const { return q_width() + 2 * kv_width(); }
  // The first column of query head h, and of its keys among all keys.
  size_t q_column(size_t h) const { return h * d_head; }
  size_t kv_column(size_t h) const {
    return h / (n_heads / n_kv_heads) * d_head;
  }
  // The first position that a token at `position` sees.
  size_t first_seen(size_t position) const {
    return window == 0 || position < window ? 0 : position + 1 - window;
  }
};

// z = softmax(scores) v for each head. qkv: [tokens, (n_heads + 2 n_kv_heads)
// d_head], the queries of all heads, their keys, their values; z: [tokens,
// n_heads d_head]. starts: of several texts below each other, none of which
// sees another, the first token of each and one more for the end; empty: one.
void attention_rows(MatrixView<const float> qkv, const AttentionShape& shape,
                    MatrixView<float> z, std::span<const size_t> starts = {});

// out = attention(qkv + delta) - z, where z = attention(qkv). delta: blocks of
// `tokens` rows below each other, as wide as qkv; out: [blocks * tokens,
// n_heads d_head].
void attention_difference(MatrixView<const float> qkv,
                          MatrixView<const float> z,
                          MatrixView<const float> delta,
                          const AttentionShape& shape, MatrixView<float> out,
                          std::span<const size_t> starts = {});
void attention_difference(MatrixView<const float> qkv,
                          MatrixView<const float> z,
                          MatrixView<const float> delta,
                          const AttentionShape& shape, MatrixView<BFloat16> out,
                          std::span<const size_t> starts = {});

}  // namespace excise

#endif  // EXCISE_MATH_OPS_ATTENTION_H_
