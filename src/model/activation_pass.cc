#include "model/activation_pass.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "math/ops/activation.h"
#include "math/ops/attention.h"
#include "math/ops/norm.h"
#include "model/finite_check.h"
#include "model/forward.h"
#include "model/head_norm.h"

namespace excise {
namespace {

// The steps of one block, of one window, by the vectorised operations.
struct PackedOps {
  const ModelConfig& config;
  const Weights& model;
  size_t layer;
  const LayerWeights& w;
  LayerProducts& products;
  const RotaryTables& rotary;
  HookPoint wanted;
  const std::function<Status(MatrixView<const float>)>& visit;

  void norm(Slot slot, MatrixView<const float> x, MatrixView<float> y) const {
    norm_rows(x, config.norm_parameters(w[slot].weight, w[slot].bias), y);
  }
  Status project(Slot slot, MatrixView<const float> x,
                 MatrixView<float> y) const {
    EXCISE_CHECK(products.multiply(slot, x, y));
    add_bias(w[slot].bias, y);
    return {};
  }
  void norm_heads(Slot slot, MatrixView<float> qkv) const {
    norm_heads_by(norm_rows, config, slot,
                  config.norm_parameters(w[slot].weight, w[slot].bias), qkv);
  }
  void rotate(MatrixView<float> qkv) const {
    rotary.turn(config, layer, qkv, 0, qkv.rows(), qkv.rows());
  }
  void attend(MatrixView<const float> qkv, MatrixView<float> z) const {
    attention_rows(qkv, config.attention_shape(layer), z);
  }
  void activate(MatrixView<const float> pre, MatrixView<float> post) const {
    activate_rows(config.architecture.activation, pre, post);
  }
  void gate(MatrixView<const float> pre, MatrixView<const float> up,
            MatrixView<float> post) const {
    gate_rows(config.architecture.activation, pre, up, post);
  }
  void scale(MatrixView<float> written) const {
    scale_by(config.architecture.residual_scale, written);
  }
  Status check(const BlockStep& step, MatrixView<const float> value) const {
    return check_step(model, layer, step.kind, step.slot, value);
  }
  Status hook(HookPoint point, MatrixView<const float> value) const {
    return point == wanted && visit ? visit(value) : Status();
  }
};

}  // namespace

std::vector<std::vector<int>> cut_into_windows(std::span<const int> ids,
                                               size_t length) {
  std::vector<std::vector<int>> windows;
  for (size_t first = 0; first < ids.size(); first += length) {
    const auto window =
        ids.subspan(first, std::min(length, ids.size() - first));
    windows.emplace_back(window.begin(), window.end());
  }
  return windows;
}

Result<ActivationPass> ActivationPass::start(
    const ModelConfig& config, const Weights& weights,
    const std::vector<std::vector<int>>& windows, const Progress& progress) {
  ActivationPass pass(config, weights, progress);
  size_t tokens = 0;
  for (const auto& window : windows) {
    EXCISE_CHECK(check_ids(config, window));
    pass.lengths_.push_back(window.size());
    pass.longest_ = std::max(pass.longest_, window.size());
    tokens += window.size();
  }
  pass.rotary_ = RotaryTables(config, pass.longest_);
  pass.stream_ = Matrix<float>::uninitialized(tokens, config.d_model);
  pass.next_ = Matrix<float>::uninitialized(tokens, config.d_model);
  size_t first = 0;
  for (const auto& window : windows) {
    EXCISE_CHECK(weights.embed(
        window, 0, pass.stream_.view().row_range(first, window.size())));
    first += window.size();
  }
  return pass;
}

Status ActivationPass::load_layer() {
  if (loaded_) return {};
  layer_weights_ = EXCISE_TRY(weights_->layer(layer_));
  products_.start(layer_weights_);
  for (const BlockStep& step : steps_) {
    if (step.kind == StepKind::kProject)
      EXCISE_CHECK(products_.prepare(step.slot, n_tokens(), longest_));
  }
  loaded_ = true;
  return {};
}

Status ActivationPass::for_each(HookPoint point, const Visit& visit) {
  return run_block(point, visit);
}

Status ActivationPass::advance() {
  if (!done_) {
    EXCISE_CHECK(run_block(HookPoint::kFinalNormalized, Visit()));
  }
  std::swap(stream_, next_);
  ++layer_;
  loaded_ = done_ = false;
  return {};
}

Status ActivationPass::run_block(HookPoint wanted, const Visit& visit) {
  EXCISE_CHECK(load_layer());
  size_t first = 0;
  for (const size_t count : lengths_) {
    EXCISE_CHECK(progress_->check_cancelled());
    EXCISE_CHECK(run_window(first, count, wanted, visit));
    first += count;
  }
  done_ = true;
  return {};
}

Status ActivationPass::run_window(size_t first, size_t count, HookPoint wanted,
                                  const Visit& visit) {
  const ModelConfig& config = *config_;
  const MatrixView<const float> before =
      std::as_const(stream_).view().row_range(first, count);
  const MatrixView<float> stream = next_.view().row_range(first, count);
  for (size_t i = 0; i < count; ++i)
    std::ranges::copy(before.row(i), stream.row(i).begin());
  memory_.resize(config, count);
  std::function<Status(MatrixView<const float>)> of_window;
  if (visit) {
    of_window = [&](MatrixView<const float> value) {
      return visit(value, first);
    };
  }
  PackedOps ops{config,    *weights_, layer_, layer_weights_,
                products_, rotary_,   wanted, of_window};
  return excise::run_block(steps_, memory_.values(stream), ops);
}

}  // namespace excise
