#include "model/incremental_forward.h"

#include <algorithm>
#include <string>
#include <utility>

#include "math/ops/layer_norm.h"
#include "math/ops/matmul.h"
#include "model/finite_check.h"
#include "model/forward.h"
#include "model/tensor_table.h"

namespace excise {
namespace {

void add(MatrixView<const float> change, MatrixView<float> to) {
  for (size_t i = 0; i < to.rows(); ++i) {
    float* row = to.row(i).data();
    const float* other = change.row(i).data();
    for (size_t j = 0; j < to.cols(); ++j) row[j] += other[j];
  }
}

// y = x W + b, by whichever product suits the number of rows. `widened` is W in
// float32 where there are many of them.
Status linear(MatrixView<const float> x, const RowWeight& stored,
              MatrixView<const float> widened, MatrixView<const float> b,
              MatrixView<float> y) {
  if (widened.rows() == 0) return row_product(x, stored, b, y);
  EXCISE_CHECK(
      matmul(x, MatmulWeight::borrowed(widened, WeightLayout::kInOut), y));
  add_bias(b, y);
  return {};
}

}  // namespace

Result<IncrementalForward> IncrementalForward::create(const ModelConfig& config,
                                                      const Weights& weights) {
  IncrementalForward forward(config, weights);
  for (size_t l = 0; l < config.n_layers; ++l) {
    forward.blocks_.push_back(EXCISE_TRY(forward.load_block(l)));
  }
  forward.unembedding_ =
      EXCISE_TRY(RowWeight::of(weights.unembedding(), WeightLayout::kOutIn));
  return forward;
}

Result<IncrementalForward::Block> IncrementalForward::load_block(
    size_t l) const {
  Block block;
  const std::pair<RowWeight*, LayerTensor> matrices[] = {
      {&block.W_QKV, LayerTensor::kWQkv},
      {&block.W_O, LayerTensor::kWO},
      {&block.W_in, LayerTensor::kWIn},
      {&block.W_out, LayerTensor::kWOut}};
  for (const auto& [matrix, tensor] : matrices) {
    *matrix = EXCISE_TRY(
        RowWeight::of(weights_->layer_tensor(l, tensor), WeightLayout::kInOut));
  }
  const std::pair<Matrix<float>*, LayerTensor> vectors[] = {
      {&block.ln1_weight, LayerTensor::kLn1Weight},
      {&block.ln1_bias, LayerTensor::kLn1Bias},
      {&block.b_QKV, LayerTensor::kBQkv},
      {&block.b_O, LayerTensor::kBO},
      {&block.ln2_weight, LayerTensor::kLn2Weight},
      {&block.ln2_bias, LayerTensor::kLn2Bias},
      {&block.b_in, LayerTensor::kBIn},
      {&block.b_out, LayerTensor::kBOut}};
  for (const auto& [vector, tensor] : vectors) {
    *vector = EXCISE_TRY(widened(weights_->layer_tensor(l, tensor)));
  }
  return block;
}

Result<Sequence> IncrementalForward::start(
    size_t capacity, std::vector<SequenceHook> hooks) const {
  if (capacity > config_.n_ctx) {
    return fail(ErrorCode::kBadInput,
                {.where = "forward",
                 .subject = "sequence",
                 .expected = "at most " + std::to_string(config_.n_ctx) +
                             " tokens, the context of this model",
                 .found = std::to_string(capacity)});
  }
  const std::vector<HookSite> sites = hook_sites(config_.n_layers);
  for (const SequenceHook& hook : hooks) {
    if (std::find(sites.begin(), sites.end(), hook.site) != sites.end()) {
      continue;
    }
    return fail(
        ErrorCode::kBadInput,
        {.where = "forward",
         .subject = "hook",
         .expected = "layers 0 to " + std::to_string(config_.n_layers - 1),
         .found = hook_name(hook.site)});
  }
  Sequence sequence;
  sequence.capacity_ = capacity;
  for (size_t l = 0; l < config_.n_layers; ++l) {
    sequence.layers_.emplace_back(capacity, config_.d_model);
  }
  sequence.fired_.resize(hooks.size());
  sequence.hooks_ = std::move(hooks);
  return sequence;
}

Status IncrementalForward::check(std::span<const Extension> extensions) const {
  for (const Extension& extension : extensions) {
    EXCISE_CHECK(check_ids(config_, extension.ids));
    const Sequence& sequence = *extension.sequence;
    const size_t tokens = sequence.length_ + extension.ids.size();
    if (tokens > sequence.capacity_) {
      return fail(ErrorCode::kBadInput,
                  {.where = "forward",
                   .subject = "sequence",
                   .expected = "at most " + std::to_string(sequence.capacity_) +
                               " tokens, for which it was made",
                   .found = std::to_string(tokens)});
    }
  }
  return {};
}

void IncrementalForward::resize_buffers(size_t rows) {
  if (buffers_.resid.rows() == rows) return;
  const auto make = [&](size_t width) {
    return Matrix<float>::uninitialized(rows, width);
  };
  const size_t d_model = config_.d_model;
  buffers_ = {make(d_model),      make(d_model), make(3 * d_model),
              make(d_model),      make(d_model), make(config_.d_mlp),
              make(config_.d_mlp)};
}

Status IncrementalForward::call_hooks(HookPoint point, size_t l,
                                      std::span<const Extension> extensions,
                                      MatrixView<float> value) {
  const HookSite site{point, l};
  size_t row = 0;
  for (const Extension& extension : extensions) {
    Sequence& sequence = *extension.sequence;
    const size_t count = extension.ids.size();
    for (size_t i = 0; i < sequence.hooks_.size(); ++i) {
      if (sequence.hooks_[i].site != site) continue;
      EXCISE_CHECK(sequence.hooks_[i].function(value.row_range(row, count),
                                               sequence.length_));
      ++sequence.fired_[i];
      EXCISE_CHECK(check_hooked(site, value.row_range(row, count)));
    }
    row += count;
  }
  return {};
}

Status IncrementalForward::run_block(size_t l,
                                     std::span<const Extension> extensions) {
  Block& block = blocks_[l];
  Buffers& b = buffers_;
  const float epsilon = config_.layer_norm_epsilon;
  LayerWeights w;  // of empty matrices for few rows
  if (b.resid.rows() >= kRowsWorthMatmul) {
    w = EXCISE_TRY(weights_->layer(l));
  } else if (!block.checked) {
    EXCISE_CHECK(weights_->check_layer(l));
  }
  block.checked = true;
  const auto hooks = [&](HookPoint point, MatrixView<float> value) {
    return call_hooks(point, l, extensions, value);
  };

  const auto check = [&](BlockStep step, MatrixView<const float> values) {
    return check_step(*weights_, l, step, values);
  };

  EXCISE_CHECK(hooks(HookPoint::kResidPre, b.resid));
  layer_norm_rows(b.resid, {block.ln1_weight, block.ln1_bias, epsilon},
                  b.normalized);
  EXCISE_CHECK(check(BlockStep::kLn1, b.normalized));
  EXCISE_CHECK(linear(b.normalized, block.W_QKV, w.W_QKV, block.b_QKV, b.qkv));
  EXCISE_CHECK(check(BlockStep::kQkv, b.qkv));
  size_t row = 0;
  for (const Extension& extension : extensions) {
    const size_t count = extension.ids.size();
    attend_cached(
        b.qkv.view().row_range(row, count), extension.sequence->length_,
        {config_.n_heads, config_.attention_scale(l)},
        extension.sequence->layers_[l], b.z.view().row_range(row, count));
    row += count;
  }
  EXCISE_CHECK(check(BlockStep::kAttention, b.z));
  EXCISE_CHECK(hooks(HookPoint::kZ, b.z));
  EXCISE_CHECK(linear(b.z, block.W_O, w.W_O, block.b_O, b.out));
  EXCISE_CHECK(check(BlockStep::kAttentionOut, b.out));
  EXCISE_CHECK(hooks(HookPoint::kAttnOut, b.out));
  add(b.out, b.resid);
  EXCISE_CHECK(check(BlockStep::kAttentionOut, b.resid));
  EXCISE_CHECK(hooks(HookPoint::kResidMid, b.resid));

  layer_norm_rows(b.resid, {block.ln2_weight, block.ln2_bias, epsilon},
                  b.normalized);
  EXCISE_CHECK(check(BlockStep::kLn2, b.normalized));
  EXCISE_CHECK(linear(b.normalized, block.W_in, w.W_in, block.b_in, b.pre));
  EXCISE_CHECK(check(BlockStep::kMlpIn, b.pre));
  EXCISE_CHECK(hooks(HookPoint::kMlpPre, b.pre));
  activate_rows(config_.activation, b.pre, b.post);
  EXCISE_CHECK(hooks(HookPoint::kMlpPost, b.post));
  EXCISE_CHECK(linear(b.post, block.W_out, w.W_out, block.b_out, b.out));
  EXCISE_CHECK(check(BlockStep::kMlpOut, b.out));
  EXCISE_CHECK(hooks(HookPoint::kMlpOut, b.out));
  add(b.out, b.resid);
  EXCISE_CHECK(check(BlockStep::kMlpOut, b.resid));
  return hooks(HookPoint::kResidPost, b.resid);
}

Status IncrementalForward::run_head(std::span<const Extension> extensions,
                                    MatrixView<float> logits) {
  auto last = Matrix<float>::uninitialized(extensions.size(), config_.d_model);
  size_t row = 0;
  for (size_t e = 0; e < extensions.size(); ++e) {
    row += extensions[e].ids.size();
    std::copy_n(buffers_.resid.row(row - 1).data(), config_.d_model,
                last.row(e).data());
  }
  auto normalized =
      Matrix<float>::uninitialized(extensions.size(), config_.d_model);
  layer_norm_rows(last,
                  {weights_->ln_final_weight(), weights_->ln_final_bias(),
                   config_.layer_norm_epsilon},
                  normalized);
  EXCISE_CHECK(check_final_norm(*weights_, normalized));
  const HookSite site{HookPoint::kFinalNormalized, config_.n_layers};
  for (size_t e = 0; e < extensions.size(); ++e) {
    Sequence& sequence = *extensions[e].sequence;
    for (size_t i = 0; i < sequence.hooks_.size(); ++i) {
      if (sequence.hooks_[i].site != site) continue;
      EXCISE_CHECK(sequence.hooks_[i].function(
          normalized.view().row_range(e, 1),
          sequence.length_ + extensions[e].ids.size() - 1));
      ++sequence.fired_[i];
      EXCISE_CHECK(check_hooked(site, normalized.view().row_range(e, 1)));
    }
  }
  EXCISE_CHECK(row_product(normalized, unembedding_, {}, logits));
  return check_logits(*weights_, 0, logits);
}

Status IncrementalForward::extend(std::span<const Extension> extensions,
                                  MatrixView<float> logits,
                                  const Progress& progress) {
  EXCISE_CHECK(check(extensions));
  size_t rows = 0;
  for (const Extension& extension : extensions) rows += extension.ids.size();
  resize_buffers(rows);
  size_t row = 0;
  for (const Extension& extension : extensions) {
    EXCISE_CHECK(weights_->embed(
        extension.ids, extension.sequence->length_,
        buffers_.resid.view().row_range(row, extension.ids.size())));
    row += extension.ids.size();
  }
  for (size_t l = 0; l < config_.n_layers; ++l) {
    EXCISE_CHECK(progress.check_cancelled());
    EXCISE_CHECK(run_block(l, extensions));
  }
  EXCISE_CHECK(run_head(extensions, logits));
  for (const Extension& extension : extensions) {
    extension.sequence->length_ += extension.ids.size();
  }
  return {};
}

}  // namespace excise
