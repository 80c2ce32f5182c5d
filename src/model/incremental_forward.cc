#include "model/incremental_forward.h"

#include <algorithm>
#include <string>
#include <utility>

#include "math/ops/activation.h"
#include "math/ops/matmul.h"
#include "math/ops/norm.h"
#include "model/finite_check.h"
#include "model/forward.h"
#include "model/head_norm.h"

namespace excise {
namespace {

// Vectors one behind the other, [1, their elements]; of none, without rows.
Result<Matrix<float>> side_by_side(std::span<const StoredTensor> vectors) {
  size_t width = 0;
  for (const StoredTensor& vector : vectors) width += vector.cols();
  Matrix<float> all(vectors.empty() ? 0 : 1, width);
  float* end = all.data();
  for (const StoredTensor& vector : vectors)
    end = std::ranges::copy(EXCISE_TRY(widened(vector)).values(), end).out;
  return all;
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
  for (const BlockStep& step : steps_) {
    const bool norm =
        step.kind == StepKind::kNorm || step.kind == StepKind::kNormHeads;
    if (!norm && step.kind != StepKind::kProject) continue;
    SlotRows& slot = block.slots[static_cast<size_t>(step.slot)];
    const SlotTensors& stored = weights_->slot(l, step.slot);
    if (norm) {
      slot.scale = EXCISE_TRY(weights_->norm_scale(stored.weight.front()));
    } else {
      for (const StoredTensor& part : stored.weight)
        slot.parts.push_back(EXCISE_TRY(RowWeight::of(part, stored.layout)));
    }
    slot.bias = EXCISE_TRY(side_by_side(stored.bias));
  }
  return block;
}

Result<Sequence> IncrementalForward::start(size_t capacity,
                                           std::vector<SequenceHook> hooks) {
  if (capacity > config_.n_ctx) {
    return fail(ErrorCode::kBadInput,
                {.where = "forward",
                 .subject = "sequence",
                 .expected = "at most " + std::to_string(config_.n_ctx) +
                             " tokens, the context of this model",
                 .found = std::to_string(capacity)});
  }
  const std::vector<HookSite> sites = hook_sites(config_);
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
  if (rotary_.n_positions() < capacity)
    rotary_ = RotaryTables(config_, capacity);
  Sequence sequence;
  sequence.capacity_ = capacity;
  for (size_t l = 0; l < config_.n_layers; ++l) {
    sequence.layers_.emplace_back(capacity,
                                  config_.attention_shape(l).kv_width());
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
    // Transformers would run the text anew: what was read of its beginning no
    // longer counts.
    const size_t border = rotary_border(config_);
    if (tokens <= border && border < sequence.capacity_) {
      return fail(
          ErrorCode::kUnsupported,
          {.where = "forward",
           .subject = "sequence",
           .expected = "one that stays within " + std::to_string(border) +
                       " tokens or begins beyond them, where the "
                       "rotary positions of this model change",
           .found = std::to_string(tokens) + " that may grow to " +
                    std::to_string(sequence.capacity_),
           .hint = "ask for fewer new tokens"});
    }
  }
  return {};
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

// The steps of one block for the new rows of all extensions.
struct IncrementalForward::Ops {
  IncrementalForward& forward;
  size_t layer;
  std::span<const Extension> extensions;
  const LayerWeights& widened;  // of empty matrices for few rows

  const SlotRows& rows_of(Slot slot) const {
    return forward.blocks_[layer].slots[static_cast<size_t>(slot)];
  }
  void norm(Slot slot, MatrixView<const float> x, MatrixView<float> y) const {
    norm_rows(x,
              forward.config_.norm_parameters(rows_of(slot).scale,
                                              rows_of(slot).bias),
              y);
  }
  // By whichever product suits the number of rows.
  Status project(Slot slot, MatrixView<const float> x,
                 MatrixView<float> y) const {
    const MatrixView<const float> bias = rows_of(slot).bias;
    if (widened[slot].weight.rows() > 0) {
      EXCISE_CHECK(matmul(x, widened[slot].weight, widened[slot].layout, y));
      add_bias(bias, y);
      return {};
    }
    size_t first = 0;
    for (const RowWeight& part : rows_of(slot).parts) {
      const size_t count = part.outputs();
      EXCISE_CHECK(row_product(
          x, part, bias.rows() == 0 ? bias : bias.col_range(first, count),
          y.col_range(first, count)));
      first += count;
    }
    return {};
  }
  void norm_heads(Slot slot, MatrixView<float> qkv) const {
    norm_heads_by(norm_rows, forward.config_, slot,
                  forward.config_.norm_parameters(rows_of(slot).scale,
                                                  rows_of(slot).bias),
                  qkv);
  }
  void rotate(MatrixView<float> qkv) const {
    size_t row = 0;
    for (const Extension& extension : extensions) {
      const size_t count = extension.ids.size();
      forward.rotary_.turn(forward.config_, layer, qkv.row_range(row, count),
                           extension.sequence->length_, count,
                           extension.sequence->capacity_);
      row += count;
    }
  }
  void attend(MatrixView<const float> qkv, MatrixView<float> z) const {
    const AttentionShape shape = forward.config_.attention_shape(layer);
    size_t row = 0;
    for (const Extension& extension : extensions) {
      const size_t count = extension.ids.size();
      Sequence& sequence = *extension.sequence;
      attend_cached(qkv.row_range(row, count), sequence.length_, shape,
                    sequence.layers_[layer], z.row_range(row, count));
      row += count;
    }
  }
  void activate(MatrixView<const float> pre, MatrixView<float> post) const {
    activate_rows(forward.config_.architecture.activation, pre, post);
  }
  void gate(MatrixView<const float> pre, MatrixView<const float> up,
            MatrixView<float> post) const {
    gate_rows(forward.config_.architecture.activation, pre, up, post);
  }
  void scale(MatrixView<float> written) const {
    scale_by(forward.config_.architecture.residual_scale, written);
  }
  Status check(const BlockStep& step, MatrixView<const float> value) const {
    return check_step(*forward.weights_, layer, step.kind, step.slot, value);
  }
  Status hook(HookPoint point, MatrixView<float> value) const {
    return forward.call_hooks(point, layer, extensions, value);
  }
};

Status IncrementalForward::run_block(size_t l,
                                     std::span<const Extension> extensions) {
  Block& block = blocks_[l];
  LayerWeights w;
  if (stream_.rows() >= kRowsWorthMatmul) {
    w = EXCISE_TRY(weights_->layer(l));
  } else if (!block.checked) {
    EXCISE_CHECK(weights_->check_layer(l));
  }
  block.checked = true;
  Ops ops{*this, l, extensions, w};
  return excise::run_block(steps_, memory_.values(stream_), ops);
}

Status IncrementalForward::run_head(std::span<const Extension> extensions,
                                    MatrixView<float> logits) {
  auto last = Matrix<float>::uninitialized(extensions.size(), config_.d_model);
  size_t row = 0;
  for (size_t e = 0; e < extensions.size(); ++e) {
    row += extensions[e].ids.size();
    std::copy_n(stream_.row(row - 1).data(), config_.d_model,
                last.row(e).data());
  }
  auto normalized =
      Matrix<float>::uninitialized(extensions.size(), config_.d_model);
  norm_rows(last,
            config_.norm_parameters(weights_->ln_final_weight(),
                                    weights_->ln_final_bias()),
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
  weights_->finish_logits(0, logits);
  return check_logits(*weights_, 0, logits);
}

Status IncrementalForward::extend(std::span<const Extension> extensions,
                                  MatrixView<float> logits,
                                  const Progress& progress) {
  EXCISE_CHECK(check(extensions));
  size_t rows = 0;
  for (const Extension& extension : extensions) rows += extension.ids.size();
  if (stream_.rows() != rows)
    stream_ = Matrix<float>::uninitialized(rows, config_.d_model);
  memory_.resize(config_, rows);
  size_t row = 0;
  for (const Extension& extension : extensions) {
    EXCISE_CHECK(
        weights_->embed(extension.ids, extension.sequence->length_,
                        stream_.view().row_range(row, extension.ids.size())));
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
