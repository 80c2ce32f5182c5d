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
#include "model/weights.h"

namespace excise {

// About how many rows go through a block together: enough for matrix products
// at full rate, few enough for what lies between them to stay in the cache.
constexpr size_t kChunkRows = 512;

// What a layer does to the stream. Blocks of `tokens` rows: block 0 is the
// clean residual stream, block 1 + b the difference that branch b makes to it.
// Branches fork in order of their layer.
struct WavefrontStep {
  size_t layer = 0;
  size_t live = 0;                  // branches that forked before this layer
  std::span<const Branch> earlier;  // those
  std::span<const Branch>
      forks;  // branches of this layer; their blocks follow the live ones
  MatrixView<float> stream;  // [(1 + live + forks) * tokens, d_model]
  const EditLayer* edit = nullptr;
  // Called for each range of stream blocks as soon as the layer is done with
  // it.
  std::function<void(size_t first_block, size_t n_blocks)> done;
};

// Carries branches as differences (docs/architecture.md): nonlinear steps are
// taken on clean + difference and the clean result is subtracted; linear steps
// act on the difference alone. With Compute::kBF16 only the products of
// differences are rounded.
class WavefrontLayer {
 public:
  WavefrontLayer(const ModelConfig& config, size_t tokens, Compute compute);
  // Errors: interrupted, what edit returns, those of matmul().
  Status run(const WavefrontStep& step, const LayerWeights& weights,
             const Progress& progress);

  // Bytes this object holds, for the memory plan.
  static size_t scratch_bytes(const ModelConfig& config, size_t tokens,
                              Compute compute);

 private:
  // A weight for the rows of one layer, in the precision of the clean rows and
  // of the differences.
  struct Linear {
    MatmulWeight f32;
    MatmulWeight bf16;  // unused in float32
    MatrixView<const float> bias;
  };
  // Stream blocks [first, first + count), of which the first `attending` go
  // through attention; the others fork here.
  struct Chunk {
    size_t first;
    size_t count;
    size_t attending;
    bool has_clean() const { return first == 0; }
  };

  void prepare(MatrixView<const float> w, MatrixView<const float> bias,
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
  // The clean residual stream at one of the two LayerNorms, and its result.
  struct CleanNorm {
    Matrix<float> stream, normalized;  // [tokens, d_model]
  };
  // Of the first `blocks` blocks of the chunk.
  void normalize(const Chunk& chunk, size_t blocks,
                 MatrixView<const float> stream, MatrixView<const float> weight,
                 MatrixView<const float> bias, CleanNorm& clean);
  // y (+)= input W (+ bias for the clean block), for the first `blocks` blocks
  // of the chunk.
  Status project(const Chunk& chunk, size_t blocks, MatrixView<float> f32,
                 MatrixView<BFloat16> bf16, const Linear& linear,
                 MatrixView<float> y, bool accumulate) const;

  const ModelConfig& config_;
  size_t tokens_;
  Compute compute_;
  size_t chunk_blocks_;
  const LayerWeights* weights_ = nullptr;  // of the layer at hand
  Linear attention_in_, attention_out_, mlp_in_, mlp_out_;
  // The clean run's values at this layer, [tokens, ...].
  CleanNorm clean_ln1_, clean_ln2_;
  Matrix<float> clean_qkv_, clean_z_, clean_pre_, clean_post_;
  Matrix<float> clean_out_;  // where a branch edits it
  // The chunk's values, [chunk rows, ...]. The 16-bit ones are empty in
  // float32.
  Matrix<float> narrow_, qkv_, mlp_;
  Matrix<BFloat16> narrow16_, mlp16_;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_WAVEFRONT_LAYER_H_
