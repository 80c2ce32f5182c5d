#include "experiment/wavefront_layer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "math/ops/activation.h"
#include "math/ops/attention.h"
#include "math/ops/layer_norm.h"

namespace excise {
namespace {

void copy(MatrixView<const float> from, MatrixView<float> to) {
  for (size_t i = 0; i < from.rows(); ++i) {
    std::copy_n(from.row(i).data(), from.cols(), to.row(i).data());
  }
}

// Packing a weight costs about as much as one product of this many rows saves
// by it. A small one stays in the cache and is as good as it lies.
constexpr size_t kRowsWorthPacking = 256;
constexpr size_t kWeightWorthPacking = size_t{1} << 19;  // elements

// How many of these branches, ordered by their hooks, edit at this one or
// before.
size_t edits_up_to(HookPoint hook, std::span<const Branch> forks) {
  return static_cast<size_t>(
      std::ranges::upper_bound(forks, hook, {}, &Branch::hook) - forks.begin());
}

// Blocks of a chunk, where a step has at most so many. oneDNN makes a kernel
// for each number of rows; to a small model that costs more than its products,
// so it gets fewer kinds of chunks.
size_t chunk_blocks(const ModelConfig& config, size_t tokens, size_t blocks) {
  constexpr size_t kSmallMlp = 1024;
  const size_t rows = config.d_mlp <= kSmallMlp ? kChunkRows / 2 : kChunkRows;
  return std::min(std::max<size_t>(1, rows / tokens), blocks);
}

}  // namespace

CleanValues::CleanValues(const ModelConfig& config, size_t tokens)
    : qkv(tokens, 3 * config.d_model),
      z(tokens, config.d_model),
      pre(tokens, config.d_mlp),
      post(tokens, config.d_mlp) {
  for (Norm* norm : {&ln1, &ln2}) {
    norm->stream = Matrix<float>(tokens, config.d_model);
    norm->normalized = Matrix<float>(tokens, config.d_model);
  }
}

size_t CleanValues::bytes(const ModelConfig& config, size_t tokens) {
  return tokens * (9 * config.d_model + 2 * config.d_mlp) * sizeof(float);
}

WavefrontLayer::WavefrontLayer(const ModelConfig& config, const Weights& model,
                               size_t tokens, size_t blocks, Compute compute,
                               CleanValues& clean)
    : config_(config),
      model_(model),
      tokens_(tokens),
      compute_(compute),
      chunk_blocks_(chunk_blocks(config, tokens, blocks)),
      clean_(clean) {
  const size_t rows = chunk_blocks_ * tokens;
  qkv_ = Matrix<float>::uninitialized(rows, 3 * config.d_model);
  mlp_ = Matrix<float>::uninitialized(rows, config.d_mlp);
  if (compute == Compute::kBF16) {
    narrow16_ = Matrix<BFloat16>::uninitialized(rows, config.d_model);
    mlp16_ = Matrix<BFloat16>::uninitialized(rows, config.d_mlp);
  } else {
    narrow_ = Matrix<float>::uninitialized(rows, config.d_model);
  }
}

size_t WavefrontLayer::scratch_bytes(const ModelConfig& config, size_t tokens,
                                     size_t blocks, Compute compute) {
  const size_t rows = chunk_blocks(config, tokens, blocks) * tokens;
  const size_t wide = rows * (3 * config.d_model + config.d_mlp);
  const size_t input =
      compute == Compute::kBF16
          ? rows * (config.d_model + config.d_mlp) * sizeof(BFloat16)
          : rows * config.d_model * sizeof(float);
  return wide * sizeof(float) + input;
}

Status WavefrontLayer::prepare(MatrixView<const float> w,
                               MatrixView<const float> bias, size_t rows,
                               Linear& linear) const {
  const size_t chunk_rows = std::min(rows, chunk_blocks_ * tokens_);
  linear.bias = bias;
  if (compute_ == Compute::kBF16) {
    if (std::exchange(linear.is_packed, false)) return {};
    return linear.weight.pack_bf16(w, WeightLayout::kInOut,
                                   chunk_blocks_ * tokens_);
  }
  if (rows < kRowsWorthPacking || w.rows() * w.cols() < kWeightWorthPacking)
    return linear.weight.borrow(w, WeightLayout::kInOut);
  return linear.weight.pack(w, WeightLayout::kInOut, chunk_rows);
}

Status WavefrontLayer::run(const WavefrontStep& step, const LayerWeights& w,
                           const Progress& progress) {
  const size_t attending = step.clean_blocks() + step.earlier.size();
  const size_t blocks = attending + step.forks.size();
  if (blocks == 0) return {};
  weights_ = &w;
  layer_ = step.layer;
  if (attending > 0) {
    EXCISE_CHECK(prepare(w[Slot::kQkv].weight, w[Slot::kQkv].bias,
                         attending * tokens_, attention_in_));
    EXCISE_CHECK(prepare(w[Slot::kO].weight, w[Slot::kO].bias,
                         attending * tokens_, attention_out_));
  }
  const size_t normalized =
      attending + edits_up_to(HookPoint::kResidMid, step.forks);
  if (normalized > 0)
    EXCISE_CHECK(prepare(w[Slot::kIn].weight, w[Slot::kIn].bias,
                         normalized * tokens_, mlp_in_));
  EXCISE_CHECK(prepare(w[Slot::kOut].weight, w[Slot::kOut].bias,
                       blocks * tokens_, mlp_out_));
  if (step.rounded != nullptr && blocks * tokens_ < kRowsWorthPacking) {
    const auto along = [&](Linear WavefrontLayer::*linear,
                           MatrixView<const float> plain) {
      (this->*linear).rounded = &(step.rounded->*linear);
      (this->*linear).plain = plain;
      (this->*linear).rounded_rows =
          step.rounded->chunk_blocks_ * step.rounded->tokens_;
    };
    along(&WavefrontLayer::attention_in_, w[Slot::kQkv].weight);
    along(&WavefrontLayer::attention_out_, w[Slot::kO].weight);
    along(&WavefrontLayer::mlp_in_, w[Slot::kIn].weight);
    along(&WavefrontLayer::mlp_out_, w[Slot::kOut].weight);
  }
  // Chunks of equal size, so that none is too small for the products.
  const size_t chunks = (blocks + chunk_blocks_ - 1) / chunk_blocks_;
  for (size_t i = 0; i < chunks; ++i) {
    EXCISE_CHECK(progress.check_cancelled());
    const size_t first = blocks * i / chunks;
    const size_t last = blocks * (i + 1) / chunks;
    const Chunk chunk{first, last - first,
                      std::clamp(attending, first, last) - first,
                      step.has_clean && first == 0};
    EXCISE_CHECK(run_chunk(step, chunk));
    if (step.done) step.done(chunk.first, chunk.count);
  }
  return {};
}

Status WavefrontLayer::run_chunk(const WavefrontStep& step,
                                 const Chunk& chunk) {
  if (chunk.attending > 0) EXCISE_CHECK(attention_half(step, chunk));
  return mlp_half(step, chunk);
}

// narrow = ln(clean) for the clean block, ln(clean + difference) - ln(clean)
// for the others.
Status WavefrontLayer::normalize(Slot slot, const Chunk& chunk, size_t blocks,
                                 MatrixView<const float> stream,
                                 CleanValues::Norm& clean) {
  const SlotWeights& w = (*weights_)[slot];
  const LayerNormParameters parameters{w.weight, w.bias,
                                       config_.layer_norm_epsilon};
  const size_t skip = chunk.has_clean ? tokens_ : 0;
  const size_t rows = blocks * tokens_;
  if (chunk.has_clean) {
    copy(stream.row_range(0, tokens_), clean.stream);
    layer_norm_rows(clean.stream, parameters, clean.normalized);
    EXCISE_CHECK(
        check_step(model_, layer_, StepKind::kNorm, slot, clean.normalized));
    copy(clean.normalized, narrow_.view().row_range(0, tokens_));
  }
  const MatrixView<const float> differences =
      stream.row_range(skip, rows - skip);
  if (compute_ == Compute::kBF16) {
    layer_norm_difference(clean.stream, clean.normalized, differences,
                          parameters,
                          narrow16_.view().row_range(skip, rows - skip));
  } else {
    layer_norm_difference(clean.stream, clean.normalized, differences,
                          parameters,
                          narrow_.view().row_range(skip, rows - skip));
  }
  return {};
}

Status WavefrontLayer::project(Slot slot, const Chunk& chunk, size_t blocks,
                               MatrixView<float> f32, MatrixView<BFloat16> bf16,
                               Linear& linear, MatrixView<float> y,
                               bool accumulate) const {
  const size_t rows = blocks * tokens_;
  if (compute_ == Compute::kBF16) {
    return matmul(MatrixView<const BFloat16>(bf16.row_range(0, rows)),
                  linear.weight, y, accumulate);
  }
  const MatrixView<const float> input = f32.row_range(0, rows);
  if (linear.rounded != nullptr) {
    EXCISE_CHECK(matmul_and_pack(input, linear.plain, y, accumulate,
                                 linear.rounded_rows, linear.rounded->weight));
    linear.rounded->is_packed = true;
    linear.rounded = nullptr;
  } else {
    EXCISE_CHECK(matmul(input, linear.weight, y, accumulate));
  }
  if (!chunk.has_clean) return {};
  // A difference has no bias.
  const MatrixView<float> clean = y.row_range(0, tokens_);
  add_bias(linear.bias, clean);
  return check_step(model_, layer_, StepKind::kProject, slot, clean);
}

Status WavefrontLayer::attention_half(const WavefrontStep& step,
                                      const Chunk& chunk) {
  const size_t rows = chunk.attending * tokens_;
  const size_t skip = chunk.has_clean ? tokens_ : 0;
  const MatrixView<float> stream =
      step.stream.row_range(chunk.first * tokens_, rows);
  const AttentionShape shape{config_.n_heads,
                             config_.attention_scale(step.layer)};

  EXCISE_CHECK(
      normalize(Slot::kNorm1, chunk, chunk.attending, stream, clean_.ln1));
  EXCISE_CHECK(project(Slot::kQkv, chunk, chunk.attending, narrow_,
                       narrow16_.view(), attention_in_,
                       qkv_.view().row_range(0, rows), false));
  if (chunk.has_clean) {
    copy(qkv_.view().row_range(0, tokens_), clean_.qkv);
    attention_rows(clean_.qkv, shape, clean_.z);
    EXCISE_CHECK(
        check_step(model_, layer_, StepKind::kAttend, Slot::kQkv, clean_.z));
    copy(clean_.z, narrow_.view().row_range(0, tokens_));
  }
  const MatrixView<const float> differences =
      qkv_.view().row_range(skip, rows - skip);
  if (compute_ == Compute::kBF16) {
    attention_difference(clean_.qkv, clean_.z, differences, shape,
                         narrow16_.view().row_range(skip, rows - skip));
  } else {
    attention_difference(clean_.qkv, clean_.z, differences, shape,
                         narrow_.view().row_range(skip, rows - skip));
  }
  return project(Slot::kO, chunk, chunk.attending, narrow_, narrow16_.view(),
                 attention_out_, stream, true);
}

// The branches that fork in this chunk.
std::span<const Branch> WavefrontLayer::forks_of(const WavefrontStep& step,
                                                 const Chunk& chunk) {
  const size_t count = chunk.count - chunk.attending;
  if (count == 0) return {};
  return step.forks.subspan(
      chunk.first + chunk.attending - step.clean_blocks() - step.earlier.size(),
      count);
}

Status WavefrontLayer::edit_at(HookPoint hook, const WavefrontStep& step,
                               const Chunk& chunk,
                               MatrixView<const float> clean,
                               MatrixView<float> differences) {
  std::vector<Branch> branches;
  std::vector<MatrixView<float>> deltas;
  const auto add = [&](size_t block, const Branch& branch) {
    if (branch.hook != hook || !branch.edits(step.layer)) return;
    branches.push_back(branch);
    deltas.push_back(differences.row_range(block * tokens_, tokens_));
  };
  for (size_t block = chunk.has_clean ? 1 : 0; block < chunk.attending; ++block)
    add(block, step.earlier[chunk.first + block - step.clean_blocks()]);
  const std::span<const Branch> forks = forks_of(step, chunk);
  for (size_t i = 0; i < forks.size(); ++i) add(chunk.attending + i, forks[i]);
  if (branches.empty()) return {};
  return (*step.edit)(step.layer, clean, branches, deltas);
}

// The change of what comes out of the activation, for all blocks but the clean
// one, and the edits behind it. In bfloat16 it is rounded on the way, unless
// such an edit has to come first.
Status WavefrontLayer::activate_differences(const WavefrontStep& step,
                                            const Chunk& chunk) {
  const std::span<const Branch> forks = forks_of(step, chunk);
  const size_t first = chunk.has_clean ? tokens_ : 0;
  const size_t end =
      (chunk.attending + edits_up_to(HookPoint::kMlpPre, forks)) * tokens_;
  const MatrixView<float> x = mlp_.view().row_range(first, end - first);
  const bool late_edits =
      std::ranges::any_of(step.earlier, [&](const Branch& branch) {
        return branch.hook == HookPoint::kMlpPost && branch.edits(step.layer);
      });
  const bool rounds = compute_ == Compute::kBF16 && !late_edits;
  if (rounds) {
    activation_difference(config_.activation, clean_.pre, clean_.post, x,
                          mlp16_.view().row_range(first, end - first));
  } else {
    activation_difference(config_.activation, clean_.pre, clean_.post, x, x);
  }
  EXCISE_CHECK(edit_at(HookPoint::kMlpPost, step, chunk, clean_.post, mlp_));
  if (compute_ != Compute::kBF16) return {};
  const size_t rounded =
      (chunk.attending + edits_up_to(HookPoint::kMlpPost, forks)) * tokens_;
  for (size_t row = rounds ? end : first; row < rounded; ++row)
    round_to_bfloat16(mlp_.row(row), mlp16_.row(row));
  return {};
}

Status WavefrontLayer::mlp_half(const WavefrontStep& step, const Chunk& chunk) {
  const std::span<const Branch> forks = forks_of(step, chunk);
  const MatrixView<float> stream =
      step.stream.row_range(chunk.first * tokens_, chunk.count * tokens_);
  EXCISE_CHECK(edit_at(
      HookPoint::kResidMid, step, chunk,
      chunk.has_clean ? stream.row_range(0, tokens_) : clean_.ln2.stream.view(),
      stream));
  const size_t normalized =
      chunk.attending + edits_up_to(HookPoint::kResidMid, forks);
  if (normalized > 0) {
    EXCISE_CHECK(
        normalize(Slot::kNorm2, chunk, normalized, stream, clean_.ln2));
    EXCISE_CHECK(project(
        Slot::kIn, chunk, normalized, narrow_, narrow16_.view(), mlp_in_,
        mlp_.view().row_range(0, normalized * tokens_), false));
  }
  if (chunk.has_clean) {
    copy(mlp_.view().row_range(0, tokens_), clean_.pre);
    activate_rows(config_.activation, clean_.pre, clean_.post);
    copy(clean_.post, mlp_.view().row_range(0, tokens_));
  }
  EXCISE_CHECK(edit_at(HookPoint::kMlpPre, step, chunk, clean_.pre, mlp_));
  EXCISE_CHECK(activate_differences(step, chunk));
  const size_t projected =
      chunk.attending + edits_up_to(HookPoint::kMlpPost, forks);
  if (projected > 0) {
    EXCISE_CHECK(project(Slot::kOut, chunk, projected, mlp_, mlp16_.view(),
                         mlp_out_, stream.row_range(0, projected * tokens_),
                         true));
  }
  return edit_output(step, chunk, stream);
}

// Edits of what the MLP adds and of the stream behind it.
Status WavefrontLayer::edit_output(const WavefrontStep& step,
                                   const Chunk& chunk,
                                   MatrixView<float> stream) {
  if (chunk.has_clean && step.keep_clean_out) {
    clean_.out = Matrix<float>::uninitialized(tokens_, config_.d_model);
    EXCISE_CHECK(matmul(clean_.post, mlp_out_.weight, clean_.out));
    add_bias(mlp_out_.bias, clean_.out);
  }
  EXCISE_CHECK(edit_at(HookPoint::kMlpOut, step, chunk, clean_.out, stream));
  return edit_at(HookPoint::kResidPost, step, chunk, step.clean_stream, stream);
}

}  // namespace excise
