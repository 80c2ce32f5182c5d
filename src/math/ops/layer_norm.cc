#include "math/ops/layer_norm.h"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/layer_norm.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "math/ops/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {

// The same as normalize_row, in double, for rows whose squares overflow.
template <typename Out>
HWY_NOINLINE void normalize_large_row(const float* x, const float* delta,
                                      const float* y, const float* weight,
                                      const float* bias, float epsilon,
                                      size_t n, Out* out) {
  const auto input = [&](size_t i) {
    return double{x[i]} + (delta == nullptr ? 0.0 : double{delta[i]});
  };
  double mean = 0;
  for (size_t i = 0; i < n; ++i) mean += input(i) / static_cast<double>(n);
  double squares = 0;
  for (size_t i = 0; i < n; ++i)
    squares += (input(i) - mean) * (input(i) - mean);
  const double inverse =
      1.0 / std::sqrt(squares / static_cast<double>(n) + double{epsilon});
  const hn::CappedTag<float, 1> one;
  for (size_t i = 0; i < n; ++i) {
    const auto scaled = static_cast<float>((input(i) - mean) * inverse);
    const float value = scaled * weight[i] + bias[i] - (y ? y[i] : 0.0F);
    store(one, hn::Set(one, value), out + i);
  }
}

// One row: out = ln(x + delta) - y; delta and y may be null, then they count as
// zero.
template <typename Out>
HWY_INLINE void normalize_row(const float* x, const float* delta,
                              const float* y, const float* weight,
                              const float* bias, float epsilon, size_t n,
                              Out* out) {
  const auto input = [&](auto d, size_t i) HWY_ATTR {
    const auto value = hn::LoadU(d, x + i);
    return delta == nullptr ? value : hn::Add(value, hn::LoadU(d, delta + i));
  };
  const float mean = sum_of(n, input) / static_cast<float>(n);
  const float squares = sum_of(n, [&](auto d, size_t i) HWY_ATTR {
    const auto centred = hn::Sub(input(d, i), hn::Set(d, mean));
    return hn::Mul(centred, centred);
  });
  // Else the row would be 0 times the weights, silently.
  if (!(squares <= std::numeric_limits<float>::max())) {
    normalize_large_row(x, delta, y, weight, bias, epsilon, n, out);
    return;
  }
  const float inverse =
      1.0F / std::sqrt(squares / static_cast<float>(n) + epsilon);
  for_each_vector(n, [&](auto d, size_t i) HWY_ATTR {
    const auto scaled =
        hn::Mul(hn::Sub(input(d, i), hn::Set(d, mean)), hn::Set(d, inverse));
    auto value =
        hn::MulAdd(scaled, hn::LoadU(d, weight + i), hn::LoadU(d, bias + i));
    if (y != nullptr) value = hn::Sub(value, hn::LoadU(d, y + i));
    store(d, value, out + i);
  });
}

void NormalizeRowF32(const float* x, const float* delta, const float* y,
                     const float* weight, const float* bias, float epsilon,
                     size_t n, float* out) {
  normalize_row(x, delta, y, weight, bias, epsilon, n, out);
}

void NormalizeRowBF16(const float* x, const float* delta, const float* y,
                      const float* weight, const float* bias, float epsilon,
                      size_t n, BFloat16* out) {
  normalize_row(x, delta, y, weight, bias, epsilon, n, out);
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

template <typename Out, typename Row>
void difference(MatrixView<const float> x, MatrixView<const float> y,
                MatrixView<const float> delta, const LayerNormParameters& p,
                MatrixView<Out> out, Row normalize) {
#pragma omp parallel for schedule(static) if (delta.rows() * delta.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < delta.rows(); ++i) {
    const size_t token = i % x.rows();
    normalize(x.row(token).data(), delta.row(i).data(), y.row(token).data(),
              p.weight.data(), p.bias.data(), p.epsilon, x.cols(),
              out.row(i).data());
  }
}

}  // namespace

void layer_norm_rows(MatrixView<const float> x, const LayerNormParameters& p,
                     MatrixView<float> y) {
  const auto normalize = &HWY_DYNAMIC_DISPATCH(NormalizeRowF32);
#pragma omp parallel for schedule(static) if (x.rows() * x.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < x.rows(); ++i) {
    normalize(x.row(i).data(), nullptr, nullptr, p.weight.data(), p.bias.data(),
              p.epsilon, x.cols(), y.row(i).data());
  }
}

void layer_norm_difference(MatrixView<const float> x, MatrixView<const float> y,
                           MatrixView<const float> delta,
                           const LayerNormParameters& p,
                           MatrixView<float> out) {
  difference(x, y, delta, p, out, &HWY_DYNAMIC_DISPATCH(NormalizeRowF32));
}

void layer_norm_difference(MatrixView<const float> x, MatrixView<const float> y,
                           MatrixView<const float> delta,
                           const LayerNormParameters& p,
                           MatrixView<BFloat16> out) {
  difference(x, y, delta, p, out, &HWY_DYNAMIC_DISPATCH(NormalizeRowBF16));
}

}  // namespace excise
#endif  // HWY_ONCE
