// The 16-bit float of matrix products with reduced precision.
#ifndef EXCISE_MATH_OPS_BFLOAT16_H_
#define EXCISE_MATH_OPS_BFLOAT16_H_

#include <cstdint>

namespace excise {

// The upper half of a float32. Products of two are exact in float32.
struct BFloat16 {
  uint16_t bits = 0;
};

}  // namespace excise

#endif  // EXCISE_MATH_OPS_BFLOAT16_H_
