#include "model/forward.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "math/ops/matmul.h"
#include "math/ops/reference.h"
#include "model/architecture/block.h"
#include "model/block_memory.h"
#include "model/finite_check.h"
#include "model/head_norm.h"
#include "model/readings.h"
#include "model/rotary_tables.h"

namespace excise {
namespace {

// The hooks of one call, resolved to sites.
class HookCalls {
 public:
  static Result<HookCalls> resolve(std::span<const Hook> hooks,
                                   const ModelConfig& config) {
    HookCalls calls(hooks);
    for (const Hook& hook : hooks) {
      calls.sites_.push_back(EXCISE_TRY(find_hooks(hook.name, config)));
    }
    return calls;
  }

  Status call(HookPoint point, size_t layer, MatrixView<float> value) {
    const HookSite site{point, layer};
    bool any = false;
    for (size_t i = 0; i < hooks_.size(); ++i) {
      if (std::find(sites_[i].begin(), sites_[i].end(), site) ==
          sites_[i].end())
        continue;
      EXCISE_CHECK(hooks_[i].function(site, value));
      ++fired_[i];
      any = true;
    }
    return any ? check_hooked(site, value) : Status();
  }

  std::vector<size_t> take_fired() { return std::move(fired_); }

 private:
  explicit HookCalls(std::span<const Hook> hooks)
      : hooks_(hooks), fired_(hooks.size()) {}
  std::span<const Hook> hooks_;
  std::vector<std::vector<HookSite>> sites_;
  std::vector<size_t> fired_;
};

// The steps of one block as their definitions read.
struct ReferenceOps {
  const ModelConfig& config;
  const Weights& model;
  size_t layer;
  const LayerWeights& w;
  const RotaryTables& rotary;
  HookCalls& hooks;
  Readings& readings;

  void norm(Slot slot, MatrixView<const float> x, MatrixView<float> y) const {
    const NormParameters parameters =
        config.norm_parameters(w[slot].weight, w[slot].bias);
    readings.show_norm(norm_hooks(config, slot), layer, x, parameters);
    excise::norm(x, parameters, y);
  }
  Status project(Slot slot, MatrixView<const float> x,
                 MatrixView<float> y) const {
    EXCISE_CHECK(matmul(x, w[slot].weight, w[slot].layout, y));
    add_bias(w[slot].bias, y);
    if (slot == Slot::kQkv) readings.show_projected(layer, y);
    return {};
  }
  void norm_heads(Slot slot, MatrixView<float> qkv) const {
    norm_heads_by(excise::norm, config, slot,
                  config.norm_parameters(w[slot].weight, w[slot].bias), qkv);
  }
  void rotate(MatrixView<float> qkv) const {
    rotary.turn(config, layer, qkv, 0, qkv.rows(), qkv.rows());
    readings.show_rotated(layer, qkv);
  }
  void attend(MatrixView<const float> qkv, MatrixView<float> z) const {
    readings.show_attention(layer, qkv);
    causal_attention(qkv, config.attention_shape(layer), z);
  }
  void activate(MatrixView<const float> pre, MatrixView<float> post) const {
    excise::activate(config.architecture.activation, pre, post);
  }
  void gate(MatrixView<const float> pre, MatrixView<const float> up,
            MatrixView<float> post) const {
    excise::gate(config.architecture.activation, pre, up, post);
  }
  void scale(MatrixView<float> written) const {
    scale_by(config.architecture.residual_scale, written);
  }
  Status check(const BlockStep& step, MatrixView<const float> value) const {
    EXCISE_CHECK(readings.status());
    return check_step(model, layer, step.kind, step.slot, value);
  }
  Status hook(HookPoint point, MatrixView<float> value) const {
    EXCISE_CHECK(hooks.call(point, layer, value));
    readings.show(point, layer, value);
    return readings.status();
  }
};

// What goes into the first block: what was written for each token, and for its
// position where that is learned.
Status show_embedding(const ModelConfig& config, const Weights& weights,
                      std::span<const int> ids, Readings& readings) {
  auto part = Matrix<float>::uninitialized(ids.size(), config.d_model);
  if (readings.wants(HookPoint::kEmbed, 0)) {
    EXCISE_CHECK(weights.embed_tokens(ids, part));
    readings.show(HookPoint::kEmbed, 0, part);
  }
  if (readings.wants(HookPoint::kPosEmbed, 0)) {
    EXCISE_CHECK(weights.embed_positions(0, part));
    readings.show(HookPoint::kPosEmbed, 0, part);
  }
  return readings.status();
}

}  // namespace

Status check_ids(const ModelConfig& config, std::span<const int> ids) {
  if (ids.empty()) {
    return fail(ErrorCode::kBadInput,
                {.where = "forward",
                 .subject = "text",
                 .expected = "at least one token",
                 .found = "none",
                 .hint = "give a text that is not empty"});
  }
  if (ids.size() > config.n_ctx) {
    return fail(ErrorCode::kBadInput,
                {.where = "forward",
                 .subject = "text",
                 .expected = "at most " + std::to_string(config.n_ctx) +
                             " tokens, the context of this model",
                 .found = std::to_string(ids.size()),
                 .hint = "shorten the text"});
  }
  for (size_t t = 0; t < ids.size(); ++t) {
    if (ids[t] < 0 || static_cast<size_t>(ids[t]) >= config.d_vocab) {
      return fail(
          ErrorCode::kBadInput,
          {.where = "forward",
           .subject = "token " + std::to_string(t),
           .expected = "an id from 0 to " + std::to_string(config.d_vocab - 1),
           .found = std::to_string(ids[t]),
           .hint = "use the tokenizer of this model"});
    }
  }
  return {};
}

Result<ForwardOutput> run_forward(
    const ModelConfig& config, const Weights& weights, std::span<const int> ids,
    std::span<const Hook> hooks, const Progress& progress,
    std::span<const Reader> readers, size_t stop_at) {
  EXCISE_CHECK(check_ids(config, ids));
  HookCalls calls = EXCISE_TRY(HookCalls::resolve(hooks, config));
  Readings readings =
      EXCISE_TRY(Readings::resolve(readers, config, ids.size()));
  ForwardOutput output;
  output.resid_final = Matrix<float>::uninitialized(ids.size(), config.d_model);
  EXCISE_CHECK(weights.embed(ids, 0, output.resid_final));
  EXCISE_CHECK(show_embedding(config, weights, ids, readings));
  BlockMemory memory;
  memory.resize(config, ids.size());
  const BlockValues values = memory.values(output.resid_final);
  const auto steps = block_steps(config);
  const RotaryTables rotary(config, ids.size());
  for (size_t l = 0; l < std::min(stop_at, config.n_layers); ++l) {
    EXCISE_CHECK(progress.check_cancelled());
    const LayerWeights w = EXCISE_TRY(weights.layer(l));
    ReferenceOps ops{config, weights, l, w, rotary, calls, readings};
    EXCISE_CHECK(run_block(steps, values, ops));
  }
  if (stop_at <= config.n_layers) {
    output.fired = calls.take_fired();
    return output;
  }
  const NormParameters final_norm = config.norm_parameters(
      weights.ln_final_weight(), weights.ln_final_bias());
  readings.show_final_scale(output.resid_final, final_norm);
  output.normalized = Matrix<float>::uninitialized(ids.size(), config.d_model);
  norm(output.resid_final, final_norm, output.normalized);
  EXCISE_CHECK(check_final_norm(weights, output.normalized));
  EXCISE_CHECK(calls.call(HookPoint::kFinalNormalized, config.n_layers,
                          output.normalized));
  readings.show(HookPoint::kFinalNormalized, config.n_layers,
                output.normalized);
  EXCISE_CHECK(readings.status());
  output.fired = calls.take_fired();
  return output;
}

Result<Matrix<float>> unembed(const Weights& weights,
                              MatrixView<const float> normalized) {
  const StoredTensor& unembedding = weights.unembedding();
  const size_t d_vocab = unembedding.rows();
  auto logits = Matrix<float>::uninitialized(normalized.rows(), d_vocab);
  constexpr size_t kBlock = 4096;
  Matrix<float> block;
  for (size_t first = 0; first < d_vocab; first += kBlock) {
    const size_t count = std::min(kBlock, d_vocab - first);
    if (block.rows() != count) {
      block = Matrix<float>::uninitialized(count, unembedding.cols());
    }
    EXCISE_CHECK(unembedding.copy_rows(first, block));
    EXCISE_CHECK(matmul(normalized, block.view(), WeightLayout::kOutIn,
                        logits.view().col_range(first, count)));
    const MatrixView<float> made = logits.view().col_range(first, count);
    weights.finish_logits(first, made);
    EXCISE_CHECK(check_logits(weights, first, made));
  }
  return logits;
}

}  // namespace excise
