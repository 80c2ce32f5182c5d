#include "io/widen.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "io/widen.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D, typename T>
HWY_INLINE void widen_vector(D d, const T* from, float* to) {
  hn::StoreU(hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, D>(), from)), d, to);
}

template <typename T>
HWY_INLINE void widen(const T* from, size_t count, float* to) {
  const hn::ScalableTag<float> d;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d))
    widen_vector(d, from + i, to + i);
  const hn::CappedTag<float, 1> one;
  for (; i < count; ++i) widen_vector(one, from + i, to + i);
}

void WidenHalf(const uint16_t* from, size_t count, float* to) {
  widen(reinterpret_cast<const hwy::float16_t*>(from), count, to);
}
void WidenBFloat(const uint16_t* from, size_t count, float* to) {
  widen(reinterpret_cast<const hwy::bfloat16_t*>(from), count, to);
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {
namespace {

HWY_EXPORT(WidenHalf);
HWY_EXPORT(WidenBFloat);

// Elements of one piece; below two a second thread costs more than it saves.
constexpr size_t kPiece = size_t{1} << 15;

template <typename Widen>
void in_pieces(std::span<const std::byte> bytes, std::span<float> out,
               Widen widen) {
  const size_t pieces = (out.size() + kPiece - 1) / kPiece;
  const bool aligned =
      reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint16_t) == 0;
#pragma omp parallel for schedule(static) if (pieces > 1)
  for (size_t p = 0; p < pieces; ++p) {
    const size_t first = p * kPiece;
    const size_t count = std::min(kPiece, out.size() - first);
    const std::byte* from = bytes.data() + 2 * first;
    if (aligned) {
      widen(reinterpret_cast<const uint16_t*>(from), count, out.data() + first);
    } else {
      std::vector<uint16_t> copy(count);
      std::memcpy(copy.data(), from, 2 * count);
      widen(copy.data(), count, out.data() + first);
    }
  }
}

}  // namespace

void widen_half(std::span<const std::byte> bytes, std::span<float> out) {
  in_pieces(bytes, out, HWY_DYNAMIC_DISPATCH(WidenHalf));
}

void widen_bfloat(std::span<const std::byte> bytes, std::span<float> out) {
  in_pieces(bytes, out, HWY_DYNAMIC_DISPATCH(WidenBFloat));
}

}  // namespace excise
#endif  // HWY_ONCE
