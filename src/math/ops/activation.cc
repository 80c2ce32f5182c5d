#include "math/ops/activation.h"

#include <cmath>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/activation.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "math/ops/simd-inl.h"

#ifndef EXCISE_ACTIVATION_SHARED_
#define EXCISE_ACTIVATION_SHARED_
namespace excise {

// One row. Both deltas and y may be null.
struct GatedRow {
  const float* gate;
  const float* up;
  const float* delta_gate;
  const float* delta_up;
  const float* y;
  size_t n;
};

}  // namespace excise
#endif  // EXCISE_ACTIVATION_SHARED_

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

// use(f) with the function f(tag, x) of this activation.
template <class Use>
HWY_INLINE void with_function(Activation activation, Use use) {
  switch (activation) {
    case Activation::kGeluTanh:
      return use([](auto d, auto v) HWY_ATTR { return gelu_tanh(d, v); });
    case Activation::kGelu:
      return use([](auto d, auto v) HWY_ATTR { return gelu_erf(d, v); });
    case Activation::kRelu:
      return use([](auto d, auto v) HWY_ATTR { return relu(d, v); });
    case Activation::kSilu:
      return use([](auto d, auto v)
                     HWY_ATTR { return times_sigmoid(d, v, v); });
  }
}

// x + delta, or x where delta is null.
template <class D>
HWY_INLINE hn::Vec<D> load_sum(D d, const float* x, const float* delta,
                               size_t i) {
  const auto value = hn::LoadU(d, x + i);
  return delta == nullptr ? value : hn::Add(value, hn::LoadU(d, delta + i));
}

// out = f(x + delta) - y; delta and y may be null, then they count as zero.
template <typename Out>
HWY_INLINE void activate_row(Activation activation, const float* x,
                             const float* delta, const float* y, size_t n,
                             Out* out) {
  with_function(activation, [=](auto f) HWY_ATTR {
    for_each_vector(n, [=](auto d, size_t i) HWY_ATTR {
      auto value = f(d, load_sum(d, x, delta, i));
      if (y != nullptr) value = hn::Sub(value, hn::LoadU(d, y + i));
      store(d, value, out + i);
    });
  });
}

// out = f(gate + delta_gate) (up + delta_up) - y; what is null counts as zero.
template <typename Out>
HWY_INLINE void gate_row(Activation activation, const GatedRow& row, Out* out) {
  with_function(activation, [row, out](auto f) HWY_ATTR {
    for_each_vector(row.n, [row, out, f](auto d, size_t i) HWY_ATTR {
      const auto gate = f(d, load_sum(d, row.gate, row.delta_gate, i));
      auto value =
          rounded_product(d, gate, load_sum(d, row.up, row.delta_up, i));
      if (row.y != nullptr) value = hn::Sub(value, hn::LoadU(d, row.y + i));
      store(d, value, out + i);
    });
  });
}

void ActivateRowF32(Activation activation, const float* x, const float* delta,
                    const float* y, size_t n, float* out) {
  activate_row(activation, x, delta, y, n, out);
}

void ActivateRowBF16(Activation activation, const float* x, const float* delta,
                     const float* y, size_t n, BFloat16* out) {
  activate_row(activation, x, delta, y, n, out);
}

void GateRowF32(Activation activation, const GatedRow& row, float* out) {
  gate_row(activation, row, out);
}

void GateRowBF16(Activation activation, const GatedRow& row, BFloat16* out) {
  gate_row(activation, row, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {
namespace {

HWY_EXPORT(ActivateRowF32);
HWY_EXPORT(ActivateRowBF16);
HWY_EXPORT(GateRowF32);
HWY_EXPORT(GateRowBF16);

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

template <typename Out, typename Row>
void gate_difference(Activation activation, MatrixView<const float> gate,
                     MatrixView<const float> up, MatrixView<const float> y,
                     MatrixView<const float> delta_gate,
                     MatrixView<const float> delta_up, MatrixView<Out> out,
                     Row gate_row) {
#pragma omp parallel for schedule(static) if (out.rows() * out.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < out.rows(); ++i) {
    const size_t token = i % gate.rows();
    gate_row(activation,
             {.gate = gate.row(token).data(),
              .up = up.row(token).data(),
              .delta_gate = delta_gate.row(i).data(),
              .delta_up = delta_up.row(i).data(),
              .y = y.row(token).data(),
              .n = out.cols()},
             out.row(i).data());
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

void gate_rows(Activation activation, MatrixView<const float> gate,
               MatrixView<const float> up, MatrixView<float> y) {
  const auto gate_row = &HWY_DYNAMIC_DISPATCH(GateRowF32);
#pragma omp parallel for schedule(static) if (y.rows() * y.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < y.rows(); ++i) {
    gate_row(activation,
             {.gate = gate.row(i).data(),
              .up = up.row(i).data(),
              .delta_gate = nullptr,
              .delta_up = nullptr,
              .y = nullptr,
              .n = y.cols()},
             y.row(i).data());
  }
}

void gated_difference(Activation activation, MatrixView<const float> gate,
                      MatrixView<const float> up, MatrixView<const float> y,
                      MatrixView<const float> delta_gate,
                      MatrixView<const float> delta_up, MatrixView<float> out) {
  gate_difference(activation, gate, up, y, delta_gate, delta_up, out,
                  &HWY_DYNAMIC_DISPATCH(GateRowF32));
}

void gated_difference(Activation activation, MatrixView<const float> gate,
                      MatrixView<const float> up, MatrixView<const float> y,
                      MatrixView<const float> delta_gate,
                      MatrixView<const float> delta_up,
                      MatrixView<BFloat16> out) {
  gate_difference(activation, gate, up, y, delta_gate, delta_up, out,
                  &HWY_DYNAMIC_DISPATCH(GateRowBF16));
}

}  // namespace excise
#endif  // HWY_ONCE
