// The norms of queries and keys, head by head or as a whole.
#ifndef EXCISE_MODEL_HEAD_NORM_H_
#define EXCISE_MODEL_HEAD_NORM_H_

#include <cstddef>

#include "core/matrix.h"
#include "math/ops/norm.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"

namespace excise {

// Calls use(first column, columns) for each part of kQkv that the norm of this
// slot is taken of: each head of queries or keys, or all of them.
template <typename Use>
void for_each_normed(const ModelConfig& config, Slot slot, Use&& use) {
  const HeadColumns heads = normed_heads(config, slot);
  const bool whole = config.architecture.qk_norm == QkNorm::kWhole;
  const size_t width = whole ? heads.count : config.d_head;
  for (size_t column = 0; column < heads.count; column += width)
    use(heads.first + column, width);
}

// Takes the norm of this slot in place. norm: norm() or norm_rows().
template <typename Norm>
void norm_heads_by(Norm&& norm, const ModelConfig& config, Slot slot,
                   const NormParameters& parameters, MatrixView<float> qkv) {
  for_each_normed(config, slot, [&](size_t first, size_t width) {
    const MatrixView<float> part = qkv.col_range(first, width);
    norm(part, parameters, part);
  });
}

}  // namespace excise

#endif  // EXCISE_MODEL_HEAD_NORM_H_
