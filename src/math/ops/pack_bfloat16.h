// Float32 weights into oneDNN's blocked bfloat16 layout, twice as fast as its
// own reorder, which such weights meet at every layer of a rounded sweep.
#ifndef EXCISE_MATH_OPS_PACK_BFLOAT16_H_
#define EXCISE_MATH_OPS_PACK_BFLOAT16_H_

#include <cstddef>

#include "core/matrix.h"
#include "math/ops/bfloat16.h"

namespace excise {

// Blocks of `inputs` x `outputs` elements, each stored as pairs of inputs:
// [inputs / 2, outputs, 2] ("BA16a64b2a" and its like). Block (i, j) starts at
// element i * input_stride + j * output_stride.
struct PairedBlocks {
  size_t inputs;   // even
  size_t outputs;  // a multiple of 16
  size_t input_stride;
  size_t output_stride;
};

// w: [inputs, outputs], finite, whole blocks of it. Rounds to nearest even.
void pack_bfloat16(MatrixView<const float> w, const PairedBlocks& blocks,
                   BFloat16* packed);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_PACK_BFLOAT16_H_
