#include "model/forward.h"

#include <algorithm>
#include <string>
#include <utility>

#include "math/ops/matmul.h"
#include "math/ops/reference.h"
#include "model/finite_check.h"

namespace excise {
namespace {

void add(MatrixView<const float> change, MatrixView<float> to) {
  for (size_t i = 0; i < to.rows(); ++i) {
    const std::span<float> row = to.row(i);
    for (size_t j = 0; j < row.size(); ++j) row[j] += change(i, j);
  }
}

// y = x W + b.
Status linear(MatrixView<const float> x, MatrixView<const float> w,
              MatrixView<const float> b, MatrixView<float> y) {
  EXCISE_CHECK(matmul(x, MatmulWeight::borrowed(w, WeightLayout::kInOut), y));
  add_bias(b, y);
  return {};
}

// The hooks of one call, resolved to sites.
class HookCalls {
 public:
  static Result<HookCalls> resolve(std::span<const Hook> hooks,
                                   size_t n_layers) {
    HookCalls calls(hooks);
    for (const Hook& hook : hooks) {
      calls.sites_.push_back(EXCISE_TRY(find_hooks(hook.name, n_layers)));
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

// resid becomes the residual stream after block l.
Status run_block(const ModelConfig& config, const Weights& weights, size_t l,
                 HookCalls& hooks, MatrixView<float> resid) {
  const LayerWeights w = EXCISE_TRY(weights.layer(l));
  const auto check = [&](BlockStep step, MatrixView<const float> values) {
    return check_step(weights, l, step, values);
  };
  const size_t tokens = resid.rows();
  const float epsilon = config.layer_norm_epsilon;
  auto normalized = Matrix<float>::uninitialized(tokens, config.d_model);
  auto qkv = Matrix<float>::uninitialized(tokens, 3 * config.d_model);
  auto z = Matrix<float>::uninitialized(tokens, config.d_model);
  auto out = Matrix<float>::uninitialized(tokens, config.d_model);
  auto mlp = Matrix<float>::uninitialized(tokens, config.d_mlp);

  EXCISE_CHECK(hooks.call(HookPoint::kResidPre, l, resid));
  layer_norm(resid, w.ln1_weight, w.ln1_bias, epsilon, normalized);
  EXCISE_CHECK(check(BlockStep::kLn1, normalized));
  EXCISE_CHECK(linear(normalized, w.W_QKV, w.b_QKV, qkv));
  EXCISE_CHECK(check(BlockStep::kQkv, qkv));
  causal_attention(qkv, config.n_heads, config.attention_scale(l), z);
  EXCISE_CHECK(check(BlockStep::kAttention, z));
  EXCISE_CHECK(hooks.call(HookPoint::kZ, l, z));
  EXCISE_CHECK(linear(z, w.W_O, w.b_O, out));
  EXCISE_CHECK(check(BlockStep::kAttentionOut, out));
  EXCISE_CHECK(hooks.call(HookPoint::kAttnOut, l, out));
  add(out, resid);
  EXCISE_CHECK(check(BlockStep::kAttentionOut, resid));
  EXCISE_CHECK(hooks.call(HookPoint::kResidMid, l, resid));

  layer_norm(resid, w.ln2_weight, w.ln2_bias, epsilon, normalized);
  EXCISE_CHECK(check(BlockStep::kLn2, normalized));
  EXCISE_CHECK(linear(normalized, w.W_in, w.b_in, mlp));
  EXCISE_CHECK(check(BlockStep::kMlpIn, mlp));
  EXCISE_CHECK(hooks.call(HookPoint::kMlpPre, l, mlp));
  activate(config.activation, mlp);
  EXCISE_CHECK(hooks.call(HookPoint::kMlpPost, l, mlp));
  EXCISE_CHECK(linear(mlp, w.W_out, w.b_out, out));
  EXCISE_CHECK(check(BlockStep::kMlpOut, out));
  EXCISE_CHECK(hooks.call(HookPoint::kMlpOut, l, out));
  add(out, resid);
  EXCISE_CHECK(check(BlockStep::kMlpOut, resid));
  return hooks.call(HookPoint::kResidPost, l, resid);
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

Result<ForwardOutput> run_forward(const ModelConfig& config,
                                  const Weights& weights,
                                  std::span<const int> ids,
                                  std::span<const Hook> hooks,
                                  const Progress& progress) {
  EXCISE_CHECK(check_ids(config, ids));
  HookCalls calls = EXCISE_TRY(HookCalls::resolve(hooks, config.n_layers));
  ForwardOutput output;
  output.resid_final = Matrix<float>::uninitialized(ids.size(), config.d_model);
  EXCISE_CHECK(weights.embed(ids, 0, output.resid_final));
  for (size_t l = 0; l < config.n_layers; ++l) {
    EXCISE_CHECK(progress.check_cancelled());
    EXCISE_CHECK(run_block(config, weights, l, calls, output.resid_final));
  }
  output.normalized = Matrix<float>::uninitialized(ids.size(), config.d_model);
  layer_norm(output.resid_final, weights.ln_final_weight(),
             weights.ln_final_bias(), config.layer_norm_epsilon,
             output.normalized);
  EXCISE_CHECK(check_final_norm(weights, output.normalized));
  EXCISE_CHECK(calls.call(HookPoint::kFinalNormalized, config.n_layers,
                          output.normalized));
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
    EXCISE_CHECK(matmul(
        normalized, MatmulWeight::borrowed(block.view(), WeightLayout::kOutIn),
        logits.view().col_range(first, count)));
    EXCISE_CHECK(check_logits(
        weights, first, std::as_const(logits).view().col_range(first, count)));
  }
  return logits;
}

}  // namespace excise
