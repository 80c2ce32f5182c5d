#include "model/activation_pass.h"

#include <algorithm>
#include <string>
#include <utility>

#include "math/ops/activation.h"
#include "math/ops/attention.h"
#include "math/ops/layer_norm.h"
#include "model/finite_check.h"
#include "model/forward.h"

namespace excise {
namespace {

void add(MatrixView<const float> change, MatrixView<float> to) {
  for (size_t i = 0; i < to.rows(); ++i) {
    const std::span<float> row = to.row(i);
    for (size_t j = 0; j < row.size(); ++j) row[j] += change(i, j);
  }
}

// y = x W + b.
Status linear(MatrixView<const float> x, const MatmulWeight& w,
              MatrixView<const float> b, MatrixView<float> y) {
  EXCISE_CHECK(matmul(x, w, y));
  add_bias(b, y);
  return {};
}

}  // namespace

size_t hook_width(const ModelConfig& config, HookPoint point) {
  const bool wide = point == HookPoint::kMlpPre || point == HookPoint::kMlpPost;
  return wide ? config.d_mlp : config.d_model;
}

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
    tokens += window.size();
  }
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
  // Packing a weight costs about as much as one product of this many rows saves
  // by it.
  constexpr size_t kRowsWorthPacking = 160;
  const size_t rows =
      lengths_.empty() ? 0 : *std::ranges::max_element(lengths_);
  const auto prepare = [&](MatrixView<const float> w, MatmulWeight& weight) {
    if (n_tokens() < kRowsWorthPacking) {
      weight.borrow(w, WeightLayout::kInOut);
    } else {
      weight.pack(w, WeightLayout::kInOut, rows);
    }
  };
  prepare(layer_weights_.W_QKV, packed_.qkv);
  prepare(layer_weights_.W_O, packed_.out);
  prepare(layer_weights_.W_in, packed_.mlp_in);
  prepare(layer_weights_.W_out, packed_.mlp_out);
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
    EXCISE_CHECK(run_window(layer_weights_, first, count, wanted, visit));
    first += count;
  }
  done_ = true;
  return {};
}

Status ActivationPass::run_window(const LayerWeights& w, size_t first,
                                  size_t count, HookPoint wanted,
                                  const Visit& visit) {
  const auto call = [&](HookPoint point,
                        MatrixView<const float> value) -> Status {
    if (point != wanted || !visit) return {};
    return visit(value, first);
  };
  const ModelConfig& config = *config_;
  const MatrixView<const float> before =
      std::as_const(stream_).view().row_range(first, count);
  const MatrixView<float> resid = next_.view().row_range(first, count);
  for (size_t i = 0; i < count; ++i)
    std::ranges::copy(before.row(i), resid.row(i).begin());
  auto normalized = Matrix<float>::uninitialized(count, config.d_model);
  auto out = Matrix<float>::uninitialized(count, config.d_model);
  // Not one matrix for both: products are slow where rows have gaps.
  auto qkv = Matrix<float>::uninitialized(count, 3 * config.d_model);
  auto mlp = Matrix<float>::uninitialized(count, config.d_mlp);

  const auto check = [&](BlockStep step, MatrixView<const float> values) {
    return check_step(*weights_, layer_, step, values);
  };

  EXCISE_CHECK(call(HookPoint::kResidPre, resid));
  layer_norm_rows(resid, {w.ln1_weight, w.ln1_bias, config.layer_norm_epsilon},
                  normalized);
  EXCISE_CHECK(check(BlockStep::kLn1, normalized));
  EXCISE_CHECK(linear(normalized, packed_.qkv, w.b_QKV, qkv));
  EXCISE_CHECK(check(BlockStep::kQkv, qkv));
  attention_rows(qkv, {config.n_heads, config.attention_scale(layer_)},
                 normalized);
  EXCISE_CHECK(check(BlockStep::kAttention, normalized));
  EXCISE_CHECK(call(HookPoint::kZ, normalized));
  EXCISE_CHECK(linear(normalized, packed_.out, w.b_O, out));
  EXCISE_CHECK(check(BlockStep::kAttentionOut, out));
  EXCISE_CHECK(call(HookPoint::kAttnOut, out));
  add(out, resid);
  EXCISE_CHECK(check(BlockStep::kAttentionOut, resid));
  EXCISE_CHECK(call(HookPoint::kResidMid, resid));

  layer_norm_rows(resid, {w.ln2_weight, w.ln2_bias, config.layer_norm_epsilon},
                  normalized);
  EXCISE_CHECK(check(BlockStep::kLn2, normalized));
  EXCISE_CHECK(linear(normalized, packed_.mlp_in, w.b_in, mlp));
  EXCISE_CHECK(check(BlockStep::kMlpIn, mlp));
  EXCISE_CHECK(call(HookPoint::kMlpPre, mlp));
  activate_rows(config.activation, mlp, mlp);
  EXCISE_CHECK(call(HookPoint::kMlpPost, mlp));
  EXCISE_CHECK(linear(mlp, packed_.mlp_out, w.b_out, out));
  EXCISE_CHECK(check(BlockStep::kMlpOut, out));
  EXCISE_CHECK(call(HookPoint::kMlpOut, out));
  add(out, resid);
  EXCISE_CHECK(check(BlockStep::kMlpOut, resid));
  return call(HookPoint::kResidPost, resid);
}

}  // namespace excise
