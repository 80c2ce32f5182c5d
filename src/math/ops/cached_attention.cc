#include "math/ops/cached_attention.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/region_failure.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/cached_attention.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "math/ops/simd-inl.h"

#ifndef EXCISE_CACHED_ATTENTION_SHARED_
#define EXCISE_CACHED_ATTENTION_SHARED_
namespace excise {

// One query of one head. Pointers are to the head's first key row and value
// column, at the first position that the query sees.
struct CachedQuery {
  const float* query;   // [d_head]
  const float* keys;    // rows keys_stride apart, one a feature
  const float* values;  // rows values_stride apart, one a position
  size_t keys_stride;
  size_t values_stride;
  size_t d_head;
  size_t seen;  // so many positions
  float scale;
  float cap;
};

}  // namespace excise
#endif  // EXCISE_CACHED_ATTENTION_SHARED_

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {

// weights[s] = scale query · key_s; gives the largest.
HWY_INLINE float score(const CachedQuery& q, float* weights) {
  float highest = -std::numeric_limits<float>::infinity();
  for_each_vector(q.seen, [&](auto d, size_t s) HWY_ATTR {
    auto even = hn::Zero(d);
    auto odd = hn::Zero(d);
    size_t i = 0;
    for (; i + 2 <= q.d_head; i += 2) {
      const float* key = q.keys + i * q.keys_stride + s;
      even = hn::MulAdd(hn::Set(d, q.query[i]), hn::LoadU(d, key), even);
      odd = hn::MulAdd(hn::Set(d, q.query[i + 1]),
                       hn::LoadU(d, key + q.keys_stride), odd);
    }
    if (i < q.d_head) {
      even = hn::MulAdd(hn::Set(d, q.query[i]),
                        hn::LoadU(d, q.keys + i * q.keys_stride + s), even);
    }
    const auto scores = hn::Mul(hn::Add(even, odd), hn::Set(d, q.scale));
    hn::StoreU(scores, d, weights + s);
    highest = std::max(highest, hn::GetLane(hn::MaxOfLanes(d, scores)));
  });
  return highest;
}

// Caps the scores; gives the largest.
HWY_INLINE float cap_scores(const CachedQuery& q, float* weights) {
  float highest = -std::numeric_limits<float>::infinity();
  for_each_vector(q.seen, [&](auto d, size_t s) HWY_ATTR {
    const auto scores = capped(d, hn::LoadU(d, weights + s), q.cap);
    hn::StoreU(scores, d, weights + s);
    highest = std::max(highest, hn::GetLane(hn::MaxOfLanes(d, scores)));
  });
  return highest;
}

// weights: room for `seen` numbers; z: [d_head].
void AttendOne(const CachedQuery& q, float* weights, float* z) {
  float highest = score(q, weights);
  if (q.cap > 0) highest = cap_scores(q, weights);
  for_each_vector(q.seen, [&](auto d, size_t s) HWY_ATTR {
    hn::StoreU(
        exp_or_nan(d, hn::Sub(hn::LoadU(d, weights + s), hn::Set(d, highest))),
        d, weights + s);
  });
  const float total = sum_of(q.seen, [&](auto d, size_t s) HWY_ATTR {
    return hn::LoadU(d, weights + s);
  });
  const float inverse = 1.0F / total;
  for_each_vector(q.d_head, [&](auto d, size_t i) HWY_ATTR {
    // Four sums, so that no addition waits for the one before.
    auto s0 = hn::Zero(d);
    auto s1 = hn::Zero(d);
    auto s2 = hn::Zero(d);
    auto s3 = hn::Zero(d);
    const float* v = q.values + i;
    size_t s = 0;
    for (; s + 4 <= q.seen; s += 4, v += 4 * q.values_stride) {
      const float* w = weights + s;
      s0 = hn::MulAdd(hn::Set(d, w[0]), hn::LoadU(d, v), s0);
      s1 = hn::MulAdd(hn::Set(d, w[1]), hn::LoadU(d, v + q.values_stride), s1);
      s2 = hn::MulAdd(hn::Set(d, w[2]), hn::LoadU(d, v + 2 * q.values_stride),
                      s2);
      s3 = hn::MulAdd(hn::Set(d, w[3]), hn::LoadU(d, v + 3 * q.values_stride),
                      s3);
    }
    for (; s < q.seen; ++s, v += q.values_stride) {
      s0 = hn::MulAdd(hn::Set(d, weights[s]), hn::LoadU(d, v), s0);
    }
    const auto sum = hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
    hn::StoreU(hn::Mul(sum, hn::Set(d, inverse)), d, z + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {
namespace {

HWY_EXPORT(AttendOne);

void store_keys_and_values(MatrixView<const float> qkv, size_t first_position,
                           KeyValueCache& cache) {
  const size_t width = cache.values.cols();
  const size_t q_width = qkv.cols() - 2 * width;
  for (size_t t = 0; t < qkv.rows(); ++t) {
    const float* key = qkv.row(t).data() + q_width;
    float* column = cache.keys.data() + first_position + t;
    for (size_t i = 0; i < width; ++i) column[i * cache.keys.cols()] = key[i];
    std::copy_n(key + width, width,
                cache.values.row(first_position + t).data());
  }
}

}  // namespace

KeyValueCache::KeyValueCache(size_t capacity, size_t kv_width)
    : keys(Matrix<float>::uninitialized(kv_width, capacity)),
      values(Matrix<float>::uninitialized(capacity, kv_width)) {}

void attend_cached(MatrixView<const float> qkv, size_t first_position,
                   const AttentionShape& shape, KeyValueCache& cache,
                   MatrixView<float> z) {
  store_keys_and_values(qkv, first_position, cache);
  const auto attend = HWY_DYNAMIC_DISPATCH(AttendOne);
  const size_t tokens = qkv.rows();
  const size_t last = first_position + tokens;
  constexpr size_t kParallelWork = size_t{1} << 20;  // multiplications
  RegionFailure failure;
#pragma omp parallel if (tokens * last * shape.q_width() > kParallelWork)
  {
    std::vector<float> weights;
    failure.guard([&] { weights.resize(last); });
#pragma omp for schedule(dynamic, 8) collapse(2)
    for (size_t h = 0; h < shape.n_heads; ++h) {
      for (size_t t = 0; t < tokens; ++t) {
        if (weights.empty()) continue;
        const size_t position = first_position + t;
        const size_t first = shape.first_seen(position);
        const size_t column = shape.q_column(h);
        const size_t kv_column = shape.kv_column(h);
        attend({.query = qkv.row(t).data() + column,
                .keys = cache.keys.row(kv_column).data() + first,
                .values = cache.values.row(first).data() + kv_column,
                .keys_stride = cache.keys.cols(),
                .values_stride = cache.values.cols(),
                .d_head = shape.d_head,
                .seen = position + 1 - first,
                .scale = shape.scale,
                .cap = shape.cap},
               weights.data(), z.row(t).data() + column);
      }
    }
  }
  failure.rethrow();
}

}  // namespace excise
#endif  // HWY_ONCE
