// What a variant changes of a layer's activations.
#ifndef EXCISE_EXPERIMENT_SWEEP_VARIANT_EDITS_H_
#define EXCISE_EXPERIMENT_SWEEP_VARIANT_EDITS_H_

#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "experiment/sweep/variants.h"
#include "intervention/decomposition.h"

namespace excise {

// What the removal is, of a layer's clean value [tokens, width].
struct RemovalAt {
  const Decomposition& decomposition;
  MatrixView<const float> value;
  std::span<const size_t> components;  // K
  const Removed& removed;              // by K
  MatrixView<const float> other = {};  // of the other text, of kSwap
};

// delta: [tokens, width] of the variant at all tokens, with the strength that
// it has itself. W_out: [width, d_model], of kVisible. Errors: those of the
// decomposition; bad_input where there are too few components for kNext.
Status variant_change(const Variant& variant, const RemovalAt& removal,
                      MatrixView<const float> W_out, MatrixView<float> delta);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_VARIANT_EDITS_H_
