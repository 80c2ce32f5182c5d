#include "math/ops/activation.h"

#include <cmath>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/activation.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "math/ops/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {

// x / (1 + exp(-z)).
template <class D, class V>
HWY_INLINE V times_sigmoid(D d, V x, V z) {
  // Highway's exp is defined up to 104; beyond 88 the quotient is 0.
  const V limit = hn::Set(d, 88.0F);
  const V exponent = hn::Neg(z);
  const V quotient = hn::Div(
      x, hn::Add(hn::Set(d, 1.0F), hn::Exp(d, hn::Min(exponent, limit))));
  return hn::IfThenElse(hn::Gt(exponent, limit), hn::Zero(d), quotient);
}

// 0.5 x (1 + tanh(u)) = x / (1 + exp(-2u)).
template <class D, class V>
HWY_INLINE V gelu_tanh(D d, V x) {
  constexpr float kTwiceRoot = 2.0F * 0.7978845608028654F;  // 2 sqrt(2 / pi)
  const V inner = hn::Mul(
      x, hn::MulAdd(hn::Mul(x, x), hn::Set(d, 0.044715F), hn::Set(d, 1.0F)));
  return times_sigmoid(d, x, hn::Mul(inner, hn::Set(d, kTwiceRoot)));
}

// Highway has no erf, so lane by lane.
template <class D, class V>
HWY_INLINE V gelu_erf(D d, V x) {
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(x, d, lanes);
  for (size_t i = 0; i < hn::Lanes(d); ++i) {
    lanes[i] =
        0.5F * lanes[i] * std::erfc(-lanes[i] / std::numbers::sqrt2_v<float>);
  }
  return hn::Load(d, lanes);
}

template <class D, class V>
HWY_INLINE V relu(D d, V x) {
  // Not Max: a NaN must stay one.
  return hn::IfThenElseZero(hn::Not(hn::Lt(x, hn::Zero(d))), x);
}

// out = f(x + delta) - y; delta and y may be null, then they count as zero.
template <typename Out, class F>
HWY_INLINE void apply_row(const float* x, const float* delta, const float* y,
                          size_t n, Out* out, F f) {
  for_each_vector(n, [&](auto d, size_t i) HWY_ATTR {
    auto value = hn::LoadU(d, x + i);
    if (delta != nullptr) value = hn::Add(value, hn::LoadU(d, delta + i));
    value = f(d, value);
    if (y != nullptr) value = hn::Sub(value, hn::LoadU(d, y + i));
    store(d, value, out + i);
  });
}

template <typename Out>
HWY_INLINE void activate_row(Activation activation, const float* x,
                             const float* delta, const float* y, size_t n,
                             Out* out) {
  switch (activation) {
    case Activation::kGeluTanh:
      return apply_row(x, delta, y, n, out,
                       [](auto d, auto v) HWY_ATTR { return gelu_tanh(d, v); });
    case Activation::kGelu:
      return apply_row(x, delta, y, n, out,
                       [](auto d, auto v) HWY_ATTR { return gelu_erf(d, v); });
    case Activation::kRelu:
      return apply_row(x, delta, y, n, out,
                       [](auto d, auto v) HWY_ATTR { return relu(d, v); });
    case Activation::kSilu:
      return apply_row(x, delta, y, n, out, [](auto d, auto v) HWY_ATTR {
        return times_sigmoid(d, v, v);
      });
  }
}

void ActivateRowF32(Activation activation, const float* x, const float* delta,
                    const float* y, size_t n, float* out) {
  activate_row(activation, x, delta, y, n, out);
}

void ActivateRowBF16(Activation activation, const float* x, const float* delta,
                     const float* y, size_t n, BFloat16* out) {
  activate_row(activation, x, delta, y, n, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {
namespace {

HWY_EXPORT(ActivateRowF32);
HWY_EXPORT(ActivateRowBF16);

constexpr size_t kParallelElements = 16384;

template <typename Out, typename Row>
void difference(Activation activation, MatrixView<const float> x,
                MatrixView<const float> y, MatrixView<const float> delta,
                MatrixView<Out> out, Row activate) {
#pragma omp parallel for schedule(static) if (delta.rows() * delta.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < delta.rows(); ++i) {
    const size_t token = i % x.rows();
    activate(activation, x.row(token).data(), delta.row(i).data(),
             y.row(token).data(), x.cols(), out.row(i).data());
  }
}

}  // namespace

void activate_rows(Activation activation, MatrixView<const float> x,
                   MatrixView<float> y) {
  const auto activate = &HWY_DYNAMIC_DISPATCH(ActivateRowF32);
#pragma omp parallel for schedule(static) if (x.rows() * x.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < x.rows(); ++i) {
    activate(activation, x.row(i).data(), nullptr, nullptr, x.cols(),
             y.row(i).data());
  }
}

void activation_difference(Activation activation, MatrixView<const float> x,
                           MatrixView<const float> y,
                           MatrixView<const float> delta,
                           MatrixView<float> out) {
  difference(activation, x, y, delta, out,
             &HWY_DYNAMIC_DISPATCH(ActivateRowF32));
}

void activation_difference(Activation activation, MatrixView<const float> x,
                           MatrixView<const float> y,
                           MatrixView<const float> delta,
                           MatrixView<BFloat16> out) {
  difference(activation, x, y, delta, out,
             &HWY_DYNAMIC_DISPATCH(ActivateRowBF16));
}

}  // namespace excise
#endif  // HWY_ONCE
