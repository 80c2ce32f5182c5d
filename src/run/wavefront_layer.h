// One transformer block for the clean run and all live branches at once.
#ifndef EXCISE_RUN_WAVEFRONT_LAYER_H_
#define EXCISE_RUN_WAVEFRONT_LAYER_H_

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "math/ops/bfloat16.h"
#include "math/ops/norm.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"
#include "model/layer_products.h"
#include "model/rotary_tables.h"
#include "model/weights.h"
#include "run/branch.h"
#include "run/clean_block.h"
#include "run/difference_memory.h"
#include "run/run_options.h"
#include "run/text_rows.h"

namespace excise {

// About how many rows go through a block together: enough for matrix products
// at full rate, few enough for what lies between them to stay in the cache.
constexpr size_t kChunkRows = 512;

class WavefrontLayer;

// What a layer does to the stream. Blocks of `tokens` rows: the clean residual
// stream, where these rows carry it, then the difference that each branch makes
// to it; a block has the rows of all texts. Branches fork in order of their
// layer.
struct WavefrontStep {
  size_t layer = 0;
  const LayerWeights& weights;
  bool has_clean = true;
  std::span<const Branch> earlier;  // branches that forked before this layer
  std::span<const Branch>
      forks;  // branches of this layer; their blocks follow the earlier ones
  MatrixView<float> stream;  // [blocks * tokens, d_model]
  const EditLayer* edit = nullptr;
  // Rounded rows that go through the same layer next: their weights are rounded
  // while these rows are multiplied with them.
  const WavefrontLayer* rounded = nullptr;
  // Called for each range of stream blocks where an edit changed the stream
  // before the layer, and for each as soon as the layer is done with it.
  std::function<void(size_t first_block, size_t n_blocks)> entered, done;
  // Called with the addition of a part to the stream once it is made.
  std::function<void(const BlockStep& add, size_t first_block, size_t n_blocks)>
      added;

  size_t clean_blocks() const { return has_clean ? 1 : 0; }
};

// Carries branches as differences (docs/architecture.md): nonlinear steps are
// taken on clean + difference and the clean result is subtracted; linear steps
// act on the difference alone. A branch joins behind the step whose hook it
// edits. With Compute::kBF16, where other rows carry the clean run, the
// products of differences are rounded.
class WavefrontLayer {
 public:
  // branches: all that may edit, of any rows; blocks: as many as a step will
  // have at most. Everything borrowed; clean and products are shared with the
  // rows of the other precision.
  WavefrontLayer(const ModelConfig& config, const Weights& model,
                 const TextRows& texts, size_t tokens, size_t blocks,
                 std::span<const Branch> branches, Compute compute,
                 CleanBlock& clean, LayerProducts& products);
  // Errors: those of check_step() for the clean run, interrupted, what edit
  // returns, those of the products.
  Status run(const WavefrontStep& step, const Progress& progress);

  // Bytes this object holds, for the memory plan.
  static size_t scratch_bytes(const ModelConfig& config, size_t tokens,
                              size_t blocks, Compute compute);

 private:
  // Stream blocks [first, first + count), of which the first `attending` were
  // there before this layer; the others fork here.
  struct Chunk {
    const WavefrontStep& step;
    size_t first;
    size_t count;
    size_t attending;
    bool has_clean;  // as block 0
    MatrixView<float> stream;
  };
  size_t rows_at_once() const { return chunk_blocks_ * tokens_; }
  // How many of these branches, in the order of their hooks, have joined before
  // a step, or behind it.
  size_t joined_before(size_t s, std::span<const Branch> forks) const;
  size_t joined_behind(size_t s, std::span<const Branch> forks) const;
  static std::span<const Branch> forks_of(const Chunk& chunk);
  static std::span<const Branch> earlier_of(const Chunk& chunk);
  // Whether one of these is edited at the hook of the step.
  bool edits_earlier(size_t s, std::span<const Branch> earlier,
                     const Chunk& chunk) const;
  NormParameters norm_of(Slot slot, const Chunk& chunk) const;

  MatrixView<float> wide(Value value, const Chunk& chunk, size_t blocks);
  MatrixView<BFloat16> rounded(Value value, size_t blocks);

  Status prepare(const WavefrontStep& step);
  Status run_chunk(const Chunk& chunk);
  Status project_onto_stream(size_t s, const Chunk& chunk, size_t blocks);
  // One step of the first `blocks` blocks.
  Status take(size_t s, const Chunk& chunk, size_t blocks);
  Status take_clean(size_t s, const Chunk& chunk);
  void turn(const Chunk& chunk, MatrixView<float> qkv) const;
  template <typename Out>
  void take_difference(size_t s, const Chunk& chunk, size_t blocks,
                       MatrixView<Out> out);
  void take_heads(size_t s, const Chunk& chunk, MatrixView<float> deltas);
  Status project(size_t s, const Chunk& chunk, size_t blocks, Value out,
                 bool accumulate);
  // Lets branches join behind the step, and those that edit its hook change
  // their rows of its result, which lie in the memory of `out`.
  Status see(size_t s, const Chunk& chunk);
  Status see(size_t s, const Chunk& chunk, Value out);
  void clear_joining(size_t s, size_t before, size_t behind);
  // The stream before the first step.
  Status see_input(const Chunk& chunk);
  // edited: whether a branch was.
  Status edit_at(HookPoint hook, const Chunk& chunk,
                 MatrixView<const float> clean, Value out, bool& edited);

  const ModelConfig& config_;
  const Weights& model_;
  std::vector<BlockStep> steps_;
  RotaryTables rotary_;
  const TextRows& texts_;
  size_t tokens_;
  Compute compute_;
  size_t chunk_blocks_;
  CleanBlock& clean_;
  LayerProducts& products_;
  DifferenceMemory memory_;
};

}  // namespace excise

#endif  // EXCISE_RUN_WAVEFRONT_LAYER_H_
