// Causal attention of new tokens over the keys and values of those before them.
// Vectorised; causal_attention() of reference.h is the oracle.
#ifndef EXCISE_MATH_OPS_CACHED_ATTENTION_H_
#define EXCISE_MATH_OPS_CACHED_ATTENTION_H_

#include <cstddef>

#include "core/matrix.h"
#include "math/ops/attention.h"

namespace excise {

// Keys and values of one layer and sequence, for up to `capacity` tokens. Keys
// stand in columns, so that the scores of one query are sums of whole rows.
struct KeyValueCache {
  KeyValueCache() = default;
  KeyValueCache(size_t capacity, size_t kv_width);
  Matrix<float> keys;    // [kv_width, capacity]
  Matrix<float> values;  // [capacity, kv_width]
};

// Stores the keys and values of qkv (laid out as for attention_rows) at
// positions first_position and up, then z = attention of each of its tokens
// over the positions up to its own that it sees. z: [tokens, n_heads d_head].
// The positions must be within the capacity, and the cache as wide as
// shape.kv_width().
void attend_cached(MatrixView<const float> qkv, size_t first_position,
                   const AttentionShape& shape, KeyValueCache& cache,
                   MatrixView<float> z);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_CACHED_ATTENTION_H_
