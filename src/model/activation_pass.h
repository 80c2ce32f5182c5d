// The activations of a long text, layer after layer: all windows go through one
// block before any goes through the next, so that a layer's values can be gone
// through in blocks, more than once, and are never in memory together. What is
// held is the residual stream, [tokens, d_model] in float32, twice.
#ifndef EXCISE_MODEL_ACTIVATION_PASS_H_
#define EXCISE_MODEL_ACTIVATION_PASS_H_

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "model/architecture/config.h"
#include "model/architecture/hooks.h"
#include "model/block_memory.h"
#include "model/layer_products.h"
#include "model/rotary_tables.h"
#include "model/weights.h"

namespace excise {

// ids in windows of `length` (the last may be shorter).
std::vector<std::vector<int>> cut_into_windows(std::span<const int> ids,
                                               size_t length);

class ActivationPass {
 public:
  using Visit =
      std::function<Status(MatrixView<const float> values, size_t first_token)>;

  // Stands before block 0. config, weights and what progress refers to must
  // outlive this. Every window sees only itself. Errors: those of check_ids().
  static Result<ActivationPass> start(
      const ModelConfig& config, const Weights& weights,
      const std::vector<std::vector<int>>& windows, const Progress& progress);

  size_t n_tokens() const { return stream_.rows(); }  // of all windows
  size_t layer() const { return layer_; }             // the block that is next
  // The values at a hook of this block, one window at a time, in order.
  // first_token counts over all windows. Errors: bad_file (weights that are not
  // finite), interrupted, what visit returns.
  Status for_each(HookPoint point, const Visit& visit);
  // Through this block. Costs nothing after a for_each().
  Status advance();

 private:
  ActivationPass(const ModelConfig& config, const Weights& weights,
                 const Progress& progress)
      : config_(&config),
        weights_(&weights),
        progress_(&progress),
        steps_(block_steps(config)) {}
  Status run_block(HookPoint wanted, const Visit& visit);
  Status run_window(size_t first, size_t count, HookPoint wanted,
                    const Visit& visit);
  Status load_layer();

  const ModelConfig* config_;
  const Weights* weights_;
  const Progress* progress_;
  std::vector<BlockStep> steps_;
  std::vector<size_t> lengths_;  // of the windows
  size_t longest_ = 0;           // of them
  RotaryTables rotary_;
  size_t layer_ = 0;
  bool loaded_ = false;  // weights and products of layer_ are at hand
  bool done_ = false;    // next_ is the stream after this block
  LayerWeights layer_weights_;
  LayerProducts products_{kWindowPacking};
  BlockMemory memory_;
  Matrix<float> stream_, next_;  // [tokens, d_model]
};

}  // namespace excise

#endif  // EXCISE_MODEL_ACTIVATION_PASS_H_
