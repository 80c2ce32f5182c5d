// Where the effect of a branch arises, from two full runs: the oracle of
// effect_parts.h.
#ifndef EXCISE_RUN_NAIVE_PARTS_H_
#define EXCISE_RUN_NAIVE_PARTS_H_

#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "model/forward.h"
#include "run/executor.h"

namespace excise {

// What a full run shows of its parts, [n_layers] of [tokens, d_model] each.
struct PartValues {
  std::vector<Matrix<float>> resid_pre, attn_out, resid_mid, mlp_out,
      resid_post;

  // Hooks that fill them; resid_mid stays empty where blocks have none.
  std::vector<Hook> hooks(const ModelConfig& config);
};

// clean, edited: of the two runs; clean_final: the stream before the final
// norm. Shares by 30 points of Gauss and Legendre. Errors: those of unembed().
Result<PartsOfEffect> naive_parts(const ExecutorInput& input,
                                  const Branch& branch, const PartValues& clean,
                                  const PartValues& edited,
                                  MatrixView<const float> clean_final,
                                  MatrixView<const float> edited_final);

}  // namespace excise

#endif  // EXCISE_RUN_NAIVE_PARTS_H_
