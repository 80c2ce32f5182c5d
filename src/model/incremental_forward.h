// The forward pass of sequences that grow token by token: keys and values of
// earlier tokens are kept, so a new token costs one row. run_forward() is the
// oracle.
#ifndef EXCISE_MODEL_INCREMENTAL_FORWARD_H_
#define EXCISE_MODEL_INCREMENTAL_FORWARD_H_

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "math/ops/cached_attention.h"
#include "math/ops/row_product.h"
#include "model/architecture/config.h"
#include "model/architecture/hooks.h"
#include "model/block_memory.h"
#include "model/rotary_tables.h"
#include "model/weights.h"

namespace excise {

// What reads or changes the activations of a sequence at one site.
struct SequenceHook {
  HookSite site;
  // value: [new tokens, width of the site]; row i is at position first_position
  // + i. At the final LayerNorm only the last new token is there.
  std::function<Status(MatrixView<float> value, size_t first_position)>
      function;
};

// One text and what the model keeps of it. Made by IncrementalForward::start().
class Sequence {
 public:
  size_t length() const { return length_; }  // tokens that were run
  size_t capacity() const { return capacity_; }
  // How often each hook was called.
  const std::vector<size_t>& fired() const { return fired_; }
  // Forgets all tokens; the hooks stay.
  void clear() { length_ = 0; }

 private:
  friend class IncrementalForward;
  std::vector<KeyValueCache> layers_;
  std::vector<SequenceHook> hooks_;
  std::vector<size_t> fired_;
  size_t length_ = 0;
  size_t capacity_ = 0;
};

// New tokens of a sequence, after those it has.
struct Extension {
  Sequence* sequence = nullptr;
  std::span<const int> ids;
};

// Borrows a model; runs any number of its sequences, several in one step so
// that the weights are read once for all of them.
class IncrementalForward {
 public:
  // Errors: bad_file (a LayerNorm or bias that is not finite), unsupported.
  static Result<IncrementalForward> create(const ModelConfig& config,
                                           const Weights& weights);

  // An empty sequence for up to `capacity` tokens (at most n_ctx). Error
  // bad_input for a hook site that the model does not have or a capacity beyond
  // n_ctx.
  Result<Sequence> start(size_t capacity, std::vector<SequenceHook> hooks);

  // Runs the new tokens. logits: [extensions, d_vocab], of the token after the
  // last one of each. Errors: bad_input (no ids, an id outside the vocabulary,
  // more tokens than the capacity), bad_file (a weight that is not finite),
  // interrupted, and what hooks return; the sequences are then not usable until
  // clear().
  Status extend(std::span<const Extension> extensions, MatrixView<float> logits,
                const Progress& progress);

 private:
  struct SlotRows {
    std::vector<RowWeight> parts;  // of a projection, in order of its outputs
    Matrix<float> scale;           // of a norm, [1, width]
    Matrix<float> bias;            // [1, outputs], or without rows
  };
  struct Block {
    std::array<SlotRows, kSlots> slots;
    bool checked = false;  // the matrices are finite
  };
  struct Ops;

  IncrementalForward(const ModelConfig& config, const Weights& weights)
      : config_(config), weights_(&weights), steps_(block_steps(config)) {}
  Result<Block> load_block(size_t l) const;
  Status check(std::span<const Extension> extensions) const;
  Status run_block(size_t l, std::span<const Extension> extensions);
  Status run_head(std::span<const Extension> extensions,
                  MatrixView<float> logits);
  Status call_hooks(HookPoint point, size_t l,
                    std::span<const Extension> extensions,
                    MatrixView<float> value);

  ModelConfig config_;
  const Weights* weights_;
  std::vector<Block> blocks_;
  RowWeight unembedding_;
  std::vector<BlockStep> steps_;
  // For the longest sequence that was started.
  RotaryTables rotary_;
  // [rows, d_model], the extensions below each other, and the values of a
  // block.
  Matrix<float> stream_;
  BlockMemory memory_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_INCREMENTAL_FORWARD_H_
