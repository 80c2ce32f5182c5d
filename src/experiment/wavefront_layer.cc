#include "experiment/wavefront_layer.h"

#include <algorithm>
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
// by it.
constexpr size_t kRowsWorthPacking = 160;

// How many of these branches, ordered by their hooks, edit at this one or
// before.
size_t edits_up_to(HookPoint hook, std::span<const Branch> forks) {
  return static_cast<size_t>(
      std::ranges::upper_bound(forks, hook, {}, &Branch::hook) - forks.begin());
}

}  // namespace

WavefrontLayer::WavefrontLayer(const ModelConfig& config, size_t tokens,
                               Compute compute)
    : config_(config),
      tokens_(tokens),
      compute_(compute),
      chunk_blocks_(std::max<size_t>(1, kChunkRows / tokens)) {
  const size_t d_model = config.d_model;
  const size_t d_mlp = config.d_mlp;
  for (CleanNorm* clean : {&clean_ln1_, &clean_ln2_}) {
    clean->stream = Matrix<float>(tokens, d_model);
    clean->normalized = Matrix<float>(tokens, d_model);
  }
  clean_qkv_ = Matrix<float>(tokens, 3 * d_model);
  clean_z_ = Matrix<float>(tokens, d_model);
  clean_pre_ = Matrix<float>(tokens, d_mlp);
  clean_post_ = Matrix<float>(tokens, d_mlp);
  const size_t rows = chunk_blocks_ * tokens;
  narrow_ = Matrix<float>::uninitialized(rows, d_model);
  qkv_ = Matrix<float>::uninitialized(rows, 3 * d_model);
  mlp_ = Matrix<float>::uninitialized(rows, d_mlp);
  if (compute == Compute::kBF16) {
    narrow16_ = Matrix<BFloat16>::uninitialized(rows, d_model);
    mlp16_ = Matrix<BFloat16>::uninitialized(rows, d_mlp);
  }
}

size_t WavefrontLayer::scratch_bytes(const ModelConfig& config, size_t tokens,
                                     Compute compute) {
  const size_t rows = std::max<size_t>(1, kChunkRows / tokens) * tokens;
  const size_t clean = tokens * (8 * config.d_model + 2 * config.d_mlp);
  const size_t chunk = rows * (4 * config.d_model + config.d_mlp);
  const size_t half =
      compute == Compute::kBF16 ? rows * (config.d_model + config.d_mlp) : 0;
  return (clean + chunk) * sizeof(float) + half * sizeof(BFloat16);
}

void WavefrontLayer::prepare(MatrixView<const float> w,
                             MatrixView<const float> bias, size_t rows,
                             Linear& linear) const {
  const size_t chunk_rows = std::min(rows, chunk_blocks_ * tokens_);
  linear.bias = bias;
  if (compute_ == Compute::kBF16) {
    linear.f32.borrow(w, WeightLayout::kInOut);
    linear.bf16.pack_bf16(w, WeightLayout::kInOut, chunk_rows);
  } else if (rows < kRowsWorthPacking) {
    linear.f32.borrow(w, WeightLayout::kInOut);
  } else {
    linear.f32.pack(w, WeightLayout::kInOut, chunk_rows);
  }
}

Status WavefrontLayer::run(const WavefrontStep& step, const LayerWeights& w,
                           const Progress& progress) {
  const size_t attending = 1 + step.live;
  const size_t blocks = attending + step.forks.size();
  weights_ = &w;
  prepare(w.W_QKV, w.b_QKV, attending * tokens_, attention_in_);
  prepare(w.W_O, w.b_O, attending * tokens_, attention_out_);
  prepare(w.W_in, w.b_in, attending * tokens_, mlp_in_);
  prepare(w.W_out, w.b_out, blocks * tokens_, mlp_out_);
  // Chunks of equal size, so that none is too small for the products.
  const size_t chunks = (blocks + chunk_blocks_ - 1) / chunk_blocks_;
  for (size_t i = 0; i < chunks; ++i) {
    EXCISE_CHECK(progress.check_cancelled());
    const size_t first = blocks * i / chunks;
    const size_t last = blocks * (i + 1) / chunks;
    const Chunk chunk{first, last - first,
                      std::clamp(attending, first, last) - first};
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
void WavefrontLayer::normalize(const Chunk& chunk, size_t blocks,
                               MatrixView<const float> stream,
                               MatrixView<const float> weight,
                               MatrixView<const float> bias, CleanNorm& clean) {
  const LayerNormParameters parameters{weight, bias,
                                       config_.layer_norm_epsilon};
  const size_t skip = chunk.has_clean() ? tokens_ : 0;
  const size_t rows = blocks * tokens_;
  if (chunk.has_clean()) {
    copy(stream.row_range(0, tokens_), clean.stream);
    layer_norm_rows(clean.stream, parameters, clean.normalized);
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
}

Status WavefrontLayer::project(const Chunk& chunk, size_t blocks,
                               MatrixView<float> f32, MatrixView<BFloat16> bf16,
                               const Linear& linear, MatrixView<float> y,
                               bool accumulate) const {
  const size_t rows = blocks * tokens_;
  const size_t clean_rows = chunk.has_clean() ? tokens_ : 0;
  const size_t full_rows = compute_ == Compute::kBF16 ? clean_rows : rows;
  if (full_rows > 0) {
    EXCISE_CHECK(matmul(f32.row_range(0, full_rows), linear.f32,
                        y.row_range(0, full_rows), accumulate));
  }
  if (full_rows < rows) {
    EXCISE_CHECK(matmul(
        MatrixView<const BFloat16>(bf16.row_range(full_rows, rows - full_rows)),
        linear.bf16, y.row_range(full_rows, rows - full_rows), accumulate));
  }
  // A difference has no bias.
  if (clean_rows > 0) add_bias(linear.bias, y.row_range(0, clean_rows));
  return {};
}

Status WavefrontLayer::attention_half(const WavefrontStep& step,
                                      const Chunk& chunk) {
  const size_t rows = chunk.attending * tokens_;
  const size_t skip = chunk.has_clean() ? tokens_ : 0;
  const MatrixView<float> stream =
      step.stream.row_range(chunk.first * tokens_, rows);
  const AttentionShape shape{config_.n_heads,
                             config_.attention_scale(step.layer)};

  normalize(chunk, chunk.attending, stream, weights_->ln1_weight,
            weights_->ln1_bias, clean_ln1_);
  EXCISE_CHECK(project(chunk, chunk.attending, narrow_, narrow16_.view(),
                       attention_in_, qkv_.view().row_range(0, rows), false));
  if (chunk.has_clean()) {
    copy(qkv_.view().row_range(0, tokens_), clean_qkv_);
    attention_rows(clean_qkv_, shape, clean_z_);
    copy(clean_z_, narrow_.view().row_range(0, tokens_));
  }
  const MatrixView<const float> differences =
      qkv_.view().row_range(skip, rows - skip);
  if (compute_ == Compute::kBF16) {
    attention_difference(clean_qkv_, clean_z_, differences, shape,
                         narrow16_.view().row_range(skip, rows - skip));
  } else {
    attention_difference(clean_qkv_, clean_z_, differences, shape,
                         narrow_.view().row_range(skip, rows - skip));
  }
  return project(chunk, chunk.attending, narrow_, narrow16_.view(),
                 attention_out_, stream, true);
}

// The branches that fork in this chunk.
std::span<const Branch> WavefrontLayer::forks_of(const WavefrontStep& step,
                                                 const Chunk& chunk) {
  const size_t count = chunk.count - chunk.attending;
  if (count == 0) return {};
  return step.forks.subspan(chunk.first + chunk.attending - 1 - step.live,
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
  const size_t clean_blocks = chunk.has_clean() ? 1 : 0;
  for (size_t block = clean_blocks; block < chunk.attending; ++block)
    add(block, step.earlier[chunk.first + block - 1]);
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
  const size_t first = chunk.has_clean() ? tokens_ : 0;
  const size_t end =
      (chunk.attending + edits_up_to(HookPoint::kMlpPre, forks)) * tokens_;
  const MatrixView<float> x = mlp_.view().row_range(first, end - first);
  const bool late_edits =
      std::ranges::any_of(step.earlier, [&](const Branch& branch) {
        return branch.hook == HookPoint::kMlpPost && branch.edits(step.layer);
      });
  const bool rounds = compute_ == Compute::kBF16 && !late_edits;
  if (rounds) {
    activation_difference(config_.activation, clean_pre_, clean_post_, x,
                          mlp16_.view().row_range(first, end - first));
  } else {
    activation_difference(config_.activation, clean_pre_, clean_post_, x, x);
  }
  EXCISE_CHECK(edit_at(HookPoint::kMlpPost, step, chunk, clean_post_, mlp_));
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
  EXCISE_CHECK(edit_at(HookPoint::kResidMid, step, chunk,
                       chunk.has_clean() ? stream.row_range(0, tokens_)
                                         : clean_ln2_.stream.view(),
                       stream));
  const size_t normalized =
      chunk.attending + edits_up_to(HookPoint::kResidMid, forks);
  if (normalized > 0) {
    normalize(chunk, normalized, stream, weights_->ln2_weight,
              weights_->ln2_bias, clean_ln2_);
    EXCISE_CHECK(project(chunk, normalized, narrow_, narrow16_.view(), mlp_in_,
                         mlp_.view().row_range(0, normalized * tokens_),
                         false));
  }
  if (chunk.has_clean()) {
    copy(mlp_.view().row_range(0, tokens_), clean_pre_);
    activate_rows(config_.activation, clean_pre_, clean_post_);
    copy(clean_post_, mlp_.view().row_range(0, tokens_));
  }
  EXCISE_CHECK(edit_at(HookPoint::kMlpPre, step, chunk, clean_pre_, mlp_));
  EXCISE_CHECK(activate_differences(step, chunk));
  const size_t projected =
      chunk.attending + edits_up_to(HookPoint::kMlpPost, forks);
  if (projected > 0) {
    EXCISE_CHECK(project(chunk, projected, mlp_, mlp16_.view(), mlp_out_,
                         stream.row_range(0, projected * tokens_), true));
  }
  return edit_output(step, chunk, stream);
}

// Edits of what the MLP adds and of the stream behind it.
Status WavefrontLayer::edit_output(const WavefrontStep& step,
                                   const Chunk& chunk,
                                   MatrixView<float> stream) {
  const auto at_output = [](const Branch& branch) {
    return branch.hook == HookPoint::kMlpOut;
  };
  if (chunk.has_clean() && (std::ranges::any_of(step.forks, at_output) ||
                            std::ranges::any_of(step.earlier, at_output))) {
    clean_out_ = Matrix<float>::uninitialized(tokens_, config_.d_model);
    EXCISE_CHECK(matmul(clean_post_, mlp_out_.f32, clean_out_));
    add_bias(mlp_out_.bias, clean_out_);
  }
  EXCISE_CHECK(edit_at(HookPoint::kMlpOut, step, chunk, clean_out_, stream));
  return edit_at(HookPoint::kResidPost, step, chunk,
                 step.stream.row_range(0, tokens_), stream);
}

}  // namespace excise
