// One plain forward pass, the definition that everything faster is compared
// with.
#ifndef EXCISE_MODEL_FORWARD_H_
#define EXCISE_MODEL_FORWARD_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "model/architecture/config.h"
#include "model/architecture/hooks.h"
#include "model/readings.h"
#include "model/weights.h"

namespace excise {

struct ForwardOutput {
  // [tokens, d_model] before ln_final, or before the block that it stopped at.
  Matrix<float> resid_final;
  // [tokens, d_model] after ln_final; empty where it stopped before.
  Matrix<float> normalized;
  std::vector<size_t> fired;  // how often each hook was called
};

// Runs `ids` through the model in float32. Hooks run in the order given, then
// readers. Errors: bad_input (no ids, more than n_ctx, an id outside the
// vocabulary, a hook that matches nothing or leaves NaN or infinity), bad_file
// (a weight that is not finite, numbers beyond float32), interrupted, those of
// Readings::resolve, and what hooks and readers return.
// stop_at: the block that it stops before; n_layers: before ln_final; beyond:
// runs to the end.
Result<ForwardOutput> run_forward(
    const ModelConfig& config, const Weights& weights, std::span<const int> ids,
    std::span<const Hook> hooks, const Progress& progress,
    std::span<const Reader> readers = {}, size_t stop_at = SIZE_MAX);
// Checks ids as run_forward does.
Status check_ids(const ModelConfig& config, std::span<const int> ids);

// Logits of normalized states, [rows, d_vocab]. Error bad_file where one is not
// finite.
Result<Matrix<float>> unembed(const Weights& weights,
                              MatrixView<const float> normalized);

}  // namespace excise

#endif  // EXCISE_MODEL_FORWARD_H_
