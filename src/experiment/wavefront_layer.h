// One transformer block for the clean run and all live branches at once.
#ifndef EXCISE_EXPERIMENT_WAVEFRONT_LAYER_H_
#define EXCISE_EXPERIMENT_WAVEFRONT_LAYER_H_

#include <cstddef>
#include <functional>
#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/branch.h"
#include "experiment/spec.h"
#include "math/ops/bfloat16.h"
#include "math/ops/matmul.h"
#include "model/config.h"
#include "model/finite_check.h"
#include "model/weights.h"

namespace excise {

// About how many rows go through a block together: enough for matrix products
// at full rate, few enough for what lies between them to stay in the cache.
constexpr size_t kChunkRows = 512;

// The clean run's values at the layer at hand, [tokens, ...]. Filled by the
// rows that carry the clean run, which go through a layer first.
struct CleanValues {
  CleanValues(const ModelConfig& config, size_t tokens);
  static size_t bytes(const ModelConfig& config, size_t tokens);

  // The residual stream at a LayerNorm, and its result.
  struct Norm {
    Matrix<float> stream, normalized;  // [tokens, d_model]
  };
  Norm ln1, ln2;
  Matrix<float> qkv, z, pre, post;
  Matrix<float> out;  // what the MLP adds; where a branch edits it
};

class WavefrontLayer;

// What a layer does to the stream. Blocks of `tokens` rows: the clean residual
// stream, where these rows carry it, then the difference that each branch makes
// to it. Branches fork in order of their layer.
struct WavefrontStep {
  size_t layer = 0;
  bool has_clean = true;
  std::span<const Branch> earlier;  // branches that forked before this layer
  std::span<const Branch>
      forks;  // branches of this layer; their blocks follow the earlier ones
  MatrixView<float> stream;  // [blocks * tokens, d_model]
  // [tokens, d_model]; block 0, or where other rows carry the clean run theirs.
  MatrixView<const float> clean_stream;
  bool keep_clean_out = false;  // a branch of any rows edits CleanValues::out
  const EditLayer* edit = nullptr;
  // Rounded rows that go through the same layer next: their weights are packed
  // while these rows are multiplied with them.
  WavefrontLayer* rounded = nullptr;
  // Called for each range of stream blocks as soon as the layer is done with
  // it.
  std::function<void(size_t first_block, size_t n_blocks)> done;

  size_t clean_blocks() const { return has_clean ? 1 : 0; }
};

// Carries branches as differences (docs/architecture.md): nonlinear steps are
// taken on clean + difference and the clean result is subtracted; linear steps
// act on the difference alone. With Compute::kBF16, where other rows carry the
// clean run, the products of differences are rounded.
class WavefrontLayer {
 public:
  // blocks: as many as a step will have at most.
  WavefrontLayer(const ModelConfig& config, const Weights& model, size_t tokens,
                 size_t blocks, Compute compute, CleanValues& clean);
  // Errors: those of check_step() for the clean run, interrupted, what edit
  // returns, those of matmul().
  Status run(const WavefrontStep& step, const LayerWeights& weights,
             const Progress& progress);

  // Bytes this object holds, for the memory plan.
  static size_t scratch_bytes(const ModelConfig& config, size_t tokens,
                              size_t blocks, Compute compute);

 private:
  struct Linear {
    MatmulWeight weight;
    MatrixView<const float> bias;
    bool is_packed = false;  // by the rows that went before
    // Where set, the weight is packed into this one on the way.
    Linear* rounded = nullptr;
    MatrixView<const float> plain;
    size_t rounded_rows = 0;
  };
  // Stream blocks [first, first + count), of which the first `attending` go
  // through attention; the others fork here.
  struct Chunk {
    size_t first;
    size_t count;
    size_t attending;
    bool has_clean;  // as block 0
  };

  Status prepare(MatrixView<const float> w, MatrixView<const float> bias,
                 size_t rows, Linear& linear) const;
  Status run_chunk(const WavefrontStep& step, const Chunk& chunk);
  Status attention_half(const WavefrontStep& step, const Chunk& chunk);
  Status mlp_half(const WavefrontStep& step, const Chunk& chunk);
  static std::span<const Branch> forks_of(const WavefrontStep& step,
                                          const Chunk& chunk);
  // Lets the branches that edit this hook of this layer change their rows of
  // `differences` [chunk rows, width].
  Status edit_at(HookPoint hook, const WavefrontStep& step, const Chunk& chunk,
                 MatrixView<const float> clean, MatrixView<float> differences);
  Status activate_differences(const WavefrontStep& step, const Chunk& chunk);
  Status edit_output(const WavefrontStep& step, const Chunk& chunk,
                     MatrixView<float> stream);
  // Of the first `blocks` blocks of the chunk.
  Status normalize(Slot slot, const Chunk& chunk, size_t blocks,
                   MatrixView<const float> stream, CleanValues::Norm& clean);
  // y (+)= input W (+ bias for the clean block), for the first `blocks` blocks
  // of the chunk. input: f32, or bf16 where differences are rounded.
  Status project(Slot slot, const Chunk& chunk, size_t blocks,
                 MatrixView<float> f32, MatrixView<BFloat16> bf16,
                 Linear& linear, MatrixView<float> y, bool accumulate) const;

  const ModelConfig& config_;
  const Weights& model_;
  size_t tokens_;
  Compute compute_;
  size_t chunk_blocks_;
  const LayerWeights* weights_ = nullptr;  // of the layer at hand
  size_t layer_ = 0;                       // which that is
  Linear attention_in_, attention_out_, mlp_in_, mlp_out_;
  CleanValues& clean_;
  // The chunk's values, [chunk rows, ...]. The 16-bit ones are empty in
  // float32.
  Matrix<float> narrow_, qkv_, mlp_;
  Matrix<BFloat16> narrow16_, mlp16_;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_WAVEFRONT_LAYER_H_
