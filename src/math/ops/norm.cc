#include "math/ops/norm.h"

#include <cmath>
#include <limits>
#include <span>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/norm.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "math/ops/simd-inl.h"

#ifndef EXCISE_NORM_SHARED_
#define EXCISE_NORM_SHARED_
namespace excise {

// One row. All but x may be null: delta, y and bias then count as zero, weight
// as one.
struct NormRow {
  const float* x;
  const float* delta;
  const float* y;
  const float* weight;
  const float* bias;
  size_t n;
  float epsilon;
  NormKind kind;
};

}  // namespace excise
#endif  // EXCISE_NORM_SHARED_

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {

// The same as normalize_row, in double, for rows whose squares overflow.
template <typename Out>
HWY_NOINLINE void normalize_large_row(const NormRow& row, Out* out) {
  const size_t n = row.n;
  const auto input = [x = row.x, delta = row.delta](size_t i) {
    return double{x[i]} + (delta == nullptr ? 0.0 : double{delta[i]});
  };
  double mean = 0;
  if (row.kind == NormKind::kLayer) {
    for (size_t i = 0; i < n; ++i) mean += input(i) / static_cast<double>(n);
  }
  double squares = 0;
  for (size_t i = 0; i < n; ++i)
    squares += (input(i) - mean) * (input(i) - mean);
  const double inverse =
      1.0 / std::sqrt(squares / static_cast<double>(n) + double{row.epsilon});
  const hn::CappedTag<float, 1> one;
  const auto finish = [&, y = row.y](auto affine) HWY_ATTR {
    for (size_t i = 0; i < n; ++i) {
      const auto scaled = static_cast<float>((input(i) - mean) * inverse);
      const float value = affine(scaled, i) - (y ? y[i] : 0.0F);
      store(one, hn::Set(one, value), out + i);
    }
  };
  const float* const weight = row.weight;
  const float* const bias = row.bias;
  if (weight != nullptr && bias != nullptr) {
    finish([=](float v, size_t i) { return v * weight[i] + bias[i]; });
  } else {
    finish([=](float v, size_t i) {
      return v * (weight == nullptr ? 1.0F : weight[i]) +
             (bias == nullptr ? 0.0F : bias[i]);
    });
  }
}

// out = norm(x + delta) - y.
template <typename Out>
HWY_INLINE void normalize_row(const NormRow& row, Out* out) {
  const size_t n = row.n;
  const auto input = [x = row.x, delta = row.delta](auto d, size_t i) HWY_ATTR {
    const auto value = hn::LoadU(d, x + i);
    return delta == nullptr ? value : hn::Add(value, hn::LoadU(d, delta + i));
  };
  const float mean = row.kind == NormKind::kLayer
                         ? sum_of(n, input) / static_cast<float>(n)
                         : 0.0F;
  const float squares = sum_of(n, [&](auto d, size_t i) HWY_ATTR {
    const auto centred = hn::Sub(input(d, i), hn::Set(d, mean));
    return hn::Mul(centred, centred);
  });
  // Else the row would be 0 times the weights, silently.
  if (!(squares <= std::numeric_limits<float>::max())) {
    normalize_large_row(row, out);
    return;
  }
  const float inverse =
      1.0F / std::sqrt(squares / static_cast<float>(n) + row.epsilon);
  const auto finish = [&, y = row.y](auto affine) HWY_ATTR {
    for_each_vector(n, [&](auto d, size_t i) HWY_ATTR {
      const auto scaled =
          hn::Mul(hn::Sub(input(d, i), hn::Set(d, mean)), hn::Set(d, inverse));
      auto value = affine(d, scaled, i);
      if (y != nullptr) value = hn::Sub(value, hn::LoadU(d, y + i));
      store(d, value, out + i);
    });
  };
  const float* const weight = row.weight;
  const float* const bias = row.bias;
  if (weight != nullptr && bias != nullptr) {
    finish([=](auto d, auto v, size_t i) HWY_ATTR {
      return hn::MulAdd(v, hn::LoadU(d, weight + i), hn::LoadU(d, bias + i));
    });
  } else if (weight != nullptr) {
    finish([=](auto d, auto v, size_t i) HWY_ATTR {
      return rounded_product(d, v, hn::LoadU(d, weight + i));
    });
  } else {
    // Rarely asked for, so not worth loops of their own.
    finish([=](auto d, auto v, size_t i) HWY_ATTR {
      const auto none = hn::Zero(d);
      return hn::MulAdd(v, hn::Set(d, 1.0F),
                        bias == nullptr ? none : hn::LoadU(d, bias + i));
    });
  }
}

void NormalizeRowF32(const NormRow& row, float* out) {
  normalize_row(row, out);
}

void NormalizeRowBF16(const NormRow& row, BFloat16* out) {
  normalize_row(row, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {
namespace {

HWY_EXPORT(NormalizeRowF32);
HWY_EXPORT(NormalizeRowBF16);

constexpr size_t kParallelElements = 16384;

// A matrix without rows may have memory all the same.
const float* or_null(MatrixView<const float> row) {
  return row.rows() == 0 ? nullptr : row.data();
}

NormRow row_of(std::span<const float> x, const NormParameters& p) {
  return {.x = x.data(),
          .delta = nullptr,
          .y = nullptr,
          .weight = or_null(p.weight),
          .bias = or_null(p.bias),
          .n = x.size(),
          .epsilon = p.epsilon,
          .kind = p.kind};
}

template <typename Out, typename Normalize>
void difference(MatrixView<const float> x, MatrixView<const float> y,
                MatrixView<const float> delta, const NormParameters& p,
                MatrixView<Out> out, Normalize normalize) {
#pragma omp parallel for schedule(static) if (delta.rows() * delta.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < delta.rows(); ++i) {
    const size_t token = i % x.rows();
    NormRow row = row_of(x.row(token), p);
    row.delta = delta.row(i).data();
    row.y = y.row(token).data();
    normalize(row, out.row(i).data());
  }
}

}  // namespace

void norm_rows(MatrixView<const float> x, const NormParameters& p,
               MatrixView<float> y) {
  const auto normalize = &HWY_DYNAMIC_DISPATCH(NormalizeRowF32);
#pragma omp parallel for schedule(static) if (x.rows() * x.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < x.rows(); ++i)
    normalize(row_of(x.row(i), p), y.row(i).data());
}

void norm_difference(MatrixView<const float> x, MatrixView<const float> y,
                     MatrixView<const float> delta, const NormParameters& p,
                     MatrixView<float> out) {
  difference(x, y, delta, p, out, &HWY_DYNAMIC_DISPATCH(NormalizeRowF32));
}

void norm_difference(MatrixView<const float> x, MatrixView<const float> y,
                     MatrixView<const float> delta, const NormParameters& p,
                     MatrixView<BFloat16> out) {
  difference(x, y, delta, p, out, &HWY_DYNAMIC_DISPATCH(NormalizeRowBF16));
}

}  // namespace excise
#endif  // HWY_ONCE
