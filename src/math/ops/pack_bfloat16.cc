#include "math/ops/pack_bfloat16.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/pack_bfloat16.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The upper half of each lane is the float as bfloat16.
template <class D>
HWY_INLINE hn::Vec<D> rounded(D d, hn::Vec<D> bits) {
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1U));
  return hn::Add(bits, hn::Add(odd, hn::Set(d, 0x7FFFU)));
}

// Two rows of weights as `count` pairs.
void PackPair(const float* low, const float* high, size_t count,
              uint32_t* pairs) {
  const hn::CappedTag<uint32_t, 16> d;
  const auto* a = reinterpret_cast<const uint32_t*>(low);
  const auto* b = reinterpret_cast<const uint32_t*>(high);
  for (size_t j = 0; j < count; j += hn::Lanes(d)) {
    const auto first = hn::ShiftRight<16>(rounded(d, hn::LoadU(d, a + j)));
    const auto second =
        hn::And(rounded(d, hn::LoadU(d, b + j)), hn::Set(d, 0xFFFF0000U));
    hn::StoreU(hn::Or(first, second), d, pairs + j);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {

HWY_EXPORT(PackPair);

void pack_bfloat16(MatrixView<const float> w, const PairedBlocks& blocks,
                   BFloat16* packed) {
  const auto pack_pair = HWY_DYNAMIC_DISPATCH(PackPair);
  const size_t down = w.rows() / blocks.inputs;
  const size_t across = w.cols() / blocks.outputs;
  // By rows of blocks, so that the weights are read as they lie.
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < down; ++i) {
    for (size_t j = 0; j < across; ++j) {
      BFloat16* block =
          packed + i * blocks.input_stride + j * blocks.output_stride;
      for (size_t k = 0; k < blocks.inputs; k += 2) {
        const size_t row = i * blocks.inputs + k;
        pack_pair(w.row(row).data() + j * blocks.outputs,
                  w.row(row + 1).data() + j * blocks.outputs, blocks.outputs,
                  reinterpret_cast<uint32_t*>(block + k * blocks.outputs));
      }
    }
  }
}

}  // namespace excise
#endif  // HWY_ONCE
