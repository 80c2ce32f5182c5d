// Per-target helpers of the vectorised operations; included once for each
// instruction set by Highway. No include guard of the usual kind, by Highway's
// convention.
#if defined(EXCISE_MATH_OPS_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EXCISE_MATH_OPS_SIMD_INL_H_
#undef EXCISE_MATH_OPS_SIMD_INL_H_
#else
#define EXCISE_MATH_OPS_SIMD_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "math/ops/bfloat16.h"

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Calls f(tag, i) for whole vectors, then one element at a time.
template <class F>
HWY_INLINE void for_each_vector(size_t n, F&& f) {
  const hn::ScalableTag<float> d;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) f(d, i);
  const hn::CappedTag<float, 1> one;
  for (; i < n; ++i) f(one, i);
}

// Sum of f(tag, i) over all elements, four sums side by side.
template <class F>
HWY_INLINE float sum_of(size_t n, F&& f) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  auto s0 = hn::Zero(d);
  auto s1 = hn::Zero(d);
  auto s2 = hn::Zero(d);
  auto s3 = hn::Zero(d);
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    s0 = hn::Add(s0, f(d, i));
    s1 = hn::Add(s1, f(d, i + lanes));
    s2 = hn::Add(s2, f(d, i + 2 * lanes));
    s3 = hn::Add(s3, f(d, i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) s0 = hn::Add(s0, f(d, i));
  const hn::CappedTag<float, 1> one;
  auto tail = hn::Zero(one);
  for (; i < n; ++i) tail = hn::Add(tail, f(one, i));
  const auto total =
      hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)));
  return hn::GetLane(total) + hn::GetLane(tail);
}

// a b, rounded. The compiler may fuse a plain product with what is subtracted
// from it; then a product less the same product would not be zero.
template <class D>
HWY_INLINE hn::Vec<D> rounded_product(D d, hn::Vec<D> a, hn::Vec<D> b) {
  return hn::MulAdd(a, b, hn::Zero(d));
}

// exp(x), and NaN of NaN: Highway's gives 0 for that, and a softmax would pass
// over it.
template <class D>
HWY_INLINE hn::Vec<D> exp_or_nan(D d, hn::Vec<D> x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, x));
}

// cap tanh(x / cap); NaN of what is not finite, else an overflow could not be
// seen behind it.
template <class D>
HWY_INLINE hn::Vec<D> capped(D d, hn::Vec<D> x, float cap) {
  const auto limit = hn::Set(d, cap);
  const auto value = hn::Mul(limit, hn::Tanh(d, hn::Div(x, limit)));
  return hn::IfThenElse(hn::IsFinite(x), value, hn::NaN(d));
}

template <class D>
HWY_INLINE void store(D d, hn::Vec<D> v, float* to) {
  hn::StoreU(v, d, to);
}

// Rounds to nearest, ties to even. Values are finite.
template <class D>
HWY_INLINE void store(D /*d*/, hn::Vec<D> v, BFloat16* to) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const hn::Rebind<uint16_t, D> half;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const auto rounded = hn::Add(hn::Add(bits, hn::Set(du, 0x7FFF)), odd);
  const auto high = hn::BitCast(di, hn::ShiftRight<16>(rounded));
  hn::StoreU(hn::DemoteTo(half, high), half, reinterpret_cast<uint16_t*>(to));
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#endif  // EXCISE_MATH_OPS_SIMD_INL_H_
