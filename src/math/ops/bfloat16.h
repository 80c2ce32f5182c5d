// The 16-bit float of matrix products with reduced precision.
#ifndef EXCISE_MATH_OPS_BFLOAT16_H_
#define EXCISE_MATH_OPS_BFLOAT16_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace excise {

// The upper half of a float32. Products of two are exact in float32.
struct BFloat16 {
  uint16_t bits = 0;
};

// Rounds to nearest, ties to even. Values are finite; sizes are equal.
inline void round_to_bfloat16(std::span<const float> from,
                              std::span<BFloat16> to) {
  for (size_t i = 0; i < from.size(); ++i) {
    const auto bits = std::bit_cast<uint32_t>(from[i]);
    to[i].bits =
        static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
  }
}

}  // namespace excise

#endif  // EXCISE_MATH_OPS_BFLOAT16_H_
