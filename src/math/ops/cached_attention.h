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
  KeyValueCache(size_t capacity, size_t d_model);
  Matrix<float> keys;    // [d_model, capacity]
  Matrix<float> values;  // [capacity, d_model]
};

// Stores the keys and values of qkv [tokens, 3 d_model] at positions
// first_position and up, then z = attention of each of its tokens over all
// positions up to its own. z: [tokens, d_model]. The positions must be within
// the capacity.
void attend_cached(MatrixView<const float> qkv, size_t first_position,
                   AttentionShape shape, KeyValueCache& cache,
                   MatrixView<float> z);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_CACHED_ATTENTION_H_
