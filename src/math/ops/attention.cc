#include "math/ops/attention.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/region_failure.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/attention.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "math/ops/simd-inl.h"

#ifndef EXCISE_ATTENTION_SHARED_
#define EXCISE_ATTENTION_SHARED_
namespace excise {

// One head of one block. delta and z may be null, then they count as zero.
struct AttentionHead {
  const float* qkv;    // first column of all; rows qkv_stride apart
  const float* delta;  // the same, rows delta_stride apart
  const float* z;      // first column of the head, rows z_stride apart
  size_t qkv_stride;
  size_t delta_stride;
  size_t z_stride;
  size_t out_stride;
  size_t query;  // the head's first column in qkv and delta
  size_t key;    // that of its keys
  size_t value;
  size_t tokens;
  const AttentionShape& shape;
};

constexpr size_t kQueryRows = 4;  // queries worked on together
constexpr size_t kPadding =
    32;  // columns are padded to two vectors of the widest kind
inline size_t padded(size_t n) {
  return (n + kPadding - 1) / kPadding * kPadding;
}

// Per-thread memory of one head. The padding stays zero. With a window, rows
// are read from any token on, so there is padding for that too.
struct AttentionScratch {
  AttentionScratch(size_t tokens, const AttentionShape& shape)
      : keys(shape.d_head, padded(tokens) + (shape.window == 0 ? 0 : kPadding)),
        values(tokens, padded(shape.d_head)),
        queries(kQueryRows, padded(shape.d_head)),
        weights(kQueryRows, keys.cols()),
        sums(kQueryRows, padded(shape.d_head)) {}
  Matrix<float> keys;     // [d_head, tokens], transposed
  Matrix<float> values;   // [tokens, d_head]
  Matrix<float> queries;  // [kQueryRows, d_head]
  Matrix<float> weights;  // [kQueryRows, tokens]
  Matrix<float> sums;     // [kQueryRows, d_head]
};

}  // namespace excise
#endif  // EXCISE_ATTENTION_SHARED_

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {

// c[r] = sum over k of a[r][k] b[k], for kQueryRows rows r and columns 0 .. n -
// 1 in steps of two vectors; rows of b are b_stride apart. n is rounded up into
// the padding.
HWY_INLINE void multiply_four_rows(const float* a, size_t a_stride,
                                   const float* b, size_t b_stride,
                                   size_t depth, size_t n, float* c,
                                   size_t c_stride) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t j = 0; j < n; j += 2 * lanes) {
    auto c00 = hn::Zero(d);
    auto c01 = hn::Zero(d);
    auto c10 = hn::Zero(d);
    auto c11 = hn::Zero(d);
    auto c20 = hn::Zero(d);
    auto c21 = hn::Zero(d);
    auto c30 = hn::Zero(d);
    auto c31 = hn::Zero(d);
    for (size_t k = 0; k < depth; ++k) {
      const auto b0 = hn::LoadU(d, b + k * b_stride + j);
      const auto b1 = hn::LoadU(d, b + k * b_stride + j + lanes);
      const auto a0 = hn::Set(d, a[k]);
      const auto a1 = hn::Set(d, a[a_stride + k]);
      const auto a2 = hn::Set(d, a[2 * a_stride + k]);
      const auto a3 = hn::Set(d, a[3 * a_stride + k]);
      c00 = hn::MulAdd(a0, b0, c00);
      c01 = hn::MulAdd(a0, b1, c01);
      c10 = hn::MulAdd(a1, b0, c10);
      c11 = hn::MulAdd(a1, b1, c11);
      c20 = hn::MulAdd(a2, b0, c20);
      c21 = hn::MulAdd(a2, b1, c21);
      c30 = hn::MulAdd(a3, b0, c30);
      c31 = hn::MulAdd(a3, b1, c31);
    }
    hn::StoreU(c00, d, c + j);
    hn::StoreU(c01, d, c + j + lanes);
    hn::StoreU(c10, d, c + c_stride + j);
    hn::StoreU(c11, d, c + c_stride + j + lanes);
    hn::StoreU(c20, d, c + 2 * c_stride + j);
    hn::StoreU(c21, d, c + 2 * c_stride + j + lanes);
    hn::StoreU(c30, d, c + 3 * c_stride + j);
    hn::StoreU(c31, d, c + 3 * c_stride + j + lanes);
  }
}

// w = softmax(scale w) over the first `count` entries; the others up to n,
// rounded up into the padding, become zero. Whole vectors throughout: most rows
// are short.
HWY_INLINE void softmax_row(float* w, size_t count, size_t n, float scale) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const auto is_seen = [&](size_t i) HWY_ATTR {
    return hn::FirstN(d, std::min(lanes, count - std::min(i, count)));
  };
  const auto scaled = [&](size_t i) HWY_ATTR {
    return hn::Mul(hn::LoadU(d, w + i), hn::Set(d, scale));
  };
  auto highest = scaled(0);
  highest =
      hn::IfThenElse(is_seen(0), highest, hn::Set(d, hn::GetLane(highest)));
  for (size_t i = lanes; i < count; i += lanes) {
    highest = hn::IfThenElse(is_seen(i), hn::Max(highest, scaled(i)), highest);
  }
  highest = hn::MaxOfLanes(d, highest);
  auto total = hn::Zero(d);
  for (size_t i = 0; i < n; i += lanes) {
    const auto e = hn::IfThenElseZero(
        is_seen(i), exp_or_nan(d, hn::Sub(scaled(i), highest)));
    hn::StoreU(e, d, w + i);
    total = hn::Add(total, e);
  }
  const float inverse = 1.0F / hn::GetLane(hn::SumOfLanes(d, total));
  for (size_t i = 0; i < n; i += lanes)
    hn::StoreU(hn::Mul(hn::LoadU(d, w + i), hn::Set(d, inverse)), d, w + i);
}

// w = cap tanh(scale w / cap), for n entries rounded up into the padding.
HWY_INLINE void cap_row(float* w, size_t n, float scale, float cap) {
  const hn::ScalableTag<float> d;
  for (size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto scaled = hn::Mul(hn::LoadU(d, w + i), hn::Set(d, scale));
    hn::StoreU(capped(d, scaled, cap), d, w + i);
  }
}

// to = qkv + delta for one token; `column`: where its query, key or value is.
HWY_INLINE void load_part(const AttentionHead& head, size_t token,
                          size_t column, float* to) {
  const size_t d_head = head.shape.d_head;
  const float* base = head.qkv + token * head.qkv_stride + column;
  if (head.delta == nullptr) {
    std::copy_n(base, d_head, to);
    return;
  }
  const float* change = head.delta + token * head.delta_stride + column;
  for_each_vector(d_head, [&](auto d, size_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, base + i), hn::LoadU(d, change + i)), d,
               to + i);
  });
}

template <typename Out>
HWY_INLINE void attend(const AttentionHead& head, AttentionScratch& scratch,
                       Out* out) {
  const AttentionShape& shape = head.shape;
  const size_t d_head = shape.d_head;
  const size_t keys_stride = scratch.keys.cols();
  const size_t head_stride = scratch.values.cols();
  for (size_t s = 0; s < head.tokens; ++s) {
    // The key goes through a row of its own on its way to a column.
    float* key = scratch.sums.data();
    load_part(head, s, head.key, key);
    for (size_t i = 0; i < d_head; ++i)
      scratch.keys.data()[i * keys_stride + s] = key[i];
    load_part(head, s, head.value, scratch.values.row(s).data());
  }
  for (size_t first = 0; first < head.tokens; first += kQueryRows) {
    const size_t rows = std::min(kQueryRows, head.tokens - first);
    // Keys that any of these queries sees: start .. last - 1.
    const size_t last = first + rows;
    const size_t start = shape.first_seen(first);
    const size_t count = last - start;
    for (size_t r = 0; r < rows; ++r)
      load_part(head, first + r, head.query, scratch.queries.row(r).data());
    multiply_four_rows(scratch.queries.data(), head_stride,
                       scratch.keys.data() + start, keys_stride, d_head, count,
                       scratch.weights.data(), keys_stride);
    for (size_t r = 0; r < rows; ++r) {
      float* weights = scratch.weights.row(r).data();
      if (shape.cap > 0) cap_row(weights, count, shape.scale, shape.cap);
      // Up to three positions that only the queries before this one see.
      const size_t skip = shape.first_seen(first + r) - start;
      std::fill_n(weights, skip, 0.0F);
      softmax_row(weights + skip, first + r + 1 - start - skip, count - skip,
                  shape.cap > 0 ? 1.0F : shape.scale);
    }
    multiply_four_rows(scratch.weights.data(), keys_stride,
                       scratch.values.row(start).data(), head_stride, count,
                       d_head, scratch.sums.data(), head_stride);
    for (size_t r = 0; r < rows; ++r) {
      const float* sums = scratch.sums.row(r).data();
      const float* z =
          head.z == nullptr ? nullptr : head.z + (first + r) * head.z_stride;
      Out* to = out + (first + r) * head.out_stride;
      for_each_vector(d_head, [&](auto d, size_t i) HWY_ATTR {
        auto value = hn::LoadU(d, sums + i);
        if (z != nullptr) value = hn::Sub(value, hn::LoadU(d, z + i));
        store(d, value, to + i);
      });
    }
  }
}

void AttendF32(const AttentionHead& head, AttentionScratch& scratch,
               float* out) {
  attend(head, scratch, out);
}

void AttendBF16(const AttentionHead& head, AttentionScratch& scratch,
                BFloat16* out) {
  attend(head, scratch, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {
namespace {

HWY_EXPORT(AttendF32);
HWY_EXPORT(AttendBF16);

// delta and z may have no rows: then qkv itself is one block.
template <typename Out, typename Attend>
void attend_blocks(MatrixView<const float> qkv, MatrixView<const float> z,
                   MatrixView<const float> delta, const AttentionShape& shape,
                   MatrixView<Out> out, std::span<const size_t> starts,
                   Attend attend) {
  const size_t tokens = qkv.rows();
  const std::array<size_t, 2> whole = {0, tokens};
  if (starts.empty()) starts = whole;
  const size_t texts = starts.size() - 1;
  const size_t blocks = out.rows() / tokens;
  size_t longest = 0, pairs = 0;  // of tokens
  for (size_t text = 0; text < texts; ++text) {
    const size_t count = starts[text + 1] - starts[text];
    longest = std::max(longest, count);
    pairs += count * count;
  }
  RegionFailure failure;
#pragma omp parallel if (blocks * pairs * shape.q_width() > 65536)
  {
    std::optional<AttentionScratch> scratch;
    failure.guard([&] { scratch.emplace(longest, shape); });
#pragma omp for schedule(static) collapse(3)
    for (size_t block = 0; block < blocks; ++block) {
      for (size_t text = 0; text < texts; ++text) {
        for (size_t h = 0; h < shape.n_heads; ++h) {
          if (!scratch) continue;
          const size_t column = shape.q_column(h);
          const size_t key = shape.q_width() + shape.kv_column(h);
          const bool changed = delta.rows() > 0;
          const size_t first = starts[text];
          const size_t row = block * tokens + first;
          const AttentionHead head{
              .qkv = qkv.row(first).data(),
              .delta = changed ? delta.row(row).data() : nullptr,
              .z = changed ? z.row(first).data() + column : nullptr,
              .qkv_stride = qkv.stride(),
              .delta_stride = delta.stride(),
              .z_stride = z.stride(),
              .out_stride = out.stride(),
              .query = column,
              .key = key,
              .value = key + shape.kv_width(),
              .tokens = starts[text + 1] - first,
              .shape = shape};
          attend(head, *scratch, out.row(row).data() + column);
        }
      }
    }
  }
  failure.rethrow();
}

}  // namespace

void attention_rows(MatrixView<const float> qkv, const AttentionShape& shape,
                    MatrixView<float> z, std::span<const size_t> starts) {
  attend_blocks(qkv, {}, {}, shape, z, starts,
                &HWY_DYNAMIC_DISPATCH(AttendF32));
}

void attention_difference(MatrixView<const float> qkv,
                          MatrixView<const float> z,
                          MatrixView<const float> delta,
                          const AttentionShape& shape, MatrixView<float> out,
                          std::span<const size_t> starts) {
  attend_blocks(qkv, z, delta, shape, out, starts,
                &HWY_DYNAMIC_DISPATCH(AttendF32));
}

void attention_difference(MatrixView<const float> qkv,
                          MatrixView<const float> z,
                          MatrixView<const float> delta,
                          const AttentionShape& shape, MatrixView<BFloat16> out,
                          std::span<const size_t> starts) {
  attend_blocks(qkv, z, delta, shape, out, starts,
                &HWY_DYNAMIC_DISPATCH(AttendBF16));
}

}  // namespace excise
#endif  // HWY_ONCE
