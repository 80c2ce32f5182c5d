#include "run/naive_parts.h"

#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <utility>
#include <vector>

#include "math/ops/norm_gradient.h"
#include "math/ops/reference.h"
#include "model/architecture/block.h"

namespace excise {
namespace {

using Gauss = boost::math::quadrature::gauss<double, 30>;

Matrix<float> change(const Matrix<float>& clean, const Matrix<float>& edited) {
  Matrix<float> difference = edited.clone();
  for (size_t i = 0; i < difference.size(); ++i)
    difference.values()[i] -= clean.values()[i];
  return difference;
}

// What the edit writes to the stream, and the first part that sees it.
struct Written {
  Matrix<float> difference;
  bool attn_sees, mlp_sees;  // of its own block
};

Written written_by(const Branch& branch, const PartValues& clean,
                   const PartValues& edited) {
  const auto of = [&](std::vector<Matrix<float>> PartValues::*values) {
    return change((clean.*values)[branch.layer],
                  (edited.*values)[branch.layer]);
  };
  switch (branch.hook) {
    case HookPoint::kResidPre:
      return {of(&PartValues::resid_pre), true, true};
    case HookPoint::kZ:
    case HookPoint::kAttnOut:
      return {of(&PartValues::attn_out), false, true};
    case HookPoint::kResidMid:
      return {of(&PartValues::resid_mid), false, true};
    case HookPoint::kResidPost:
      return {of(&PartValues::resid_post), false, false};
    default:
      return {of(&PartValues::mlp_out), false, false};
  }
}

// x [tokens, d_model] through the final norm and the head.
Result<Matrix<float>> logits_of(const ExecutorInput& input,
                                const NormParameters& norm_of,
                                const Matrix<float>& x) {
  Matrix<float> normalized(x.rows(), x.cols());
  norm(x, norm_of, normalized);
  return unembed(input.weights, normalized);
}

// A token that a row predicts, and which entry of PartsOfEffect that is.
struct Target {
  size_t row;
  int token;
  size_t entry;
};

std::vector<Target> targets_of(const ExecutorInput& input) {
  std::vector<Target> targets;
  for (size_t i = 0; i < input.requests.size(); ++i)
    targets.push_back({input.requests[i].position, input.requests[i].token, i});
  if (!targets.empty()) return targets;
  for (size_t t = 0; t + 1 < input.ids.size(); ++t)
    targets.push_back({t, input.ids[t + 1], t + 1});
  return targets;
}

// Row i: the gradient of log p of target i with respect to x.
Result<Matrix<double>> gradients(const ExecutorInput& input,
                                 const NormParameters& norm_of,
                                 std::span<const Target> targets,
                                 const Matrix<float>& x) {
  const Head& head = input.config.architecture.head;
  const Matrix<float> logits = EXCISE_TRY(logits_of(input, norm_of, x));
  Matrix<double> gradient(targets.size(), x.cols());
  std::vector<double> log_sums;
  for (size_t t = 0; t < x.rows(); ++t)
    log_sums.push_back(log_sum_exp(logits.row(t)));
  Matrix<float> token(1, x.cols());
  for (size_t v = 0; v < logits.cols(); ++v) {
    EXCISE_CHECK(input.weights.unembedding().copy_rows(v, token));
    for (size_t i = 0; i < targets.size(); ++i) {
      const size_t t = targets[i].row;
      const double logit = logits(t, v);
      double weight = -std::exp(logit - log_sums[t]);
      if (static_cast<size_t>(targets[i].token) == v) weight += 1;
      weight *= head.scale;
      if (head.cap != 0) weight *= 1 - (logit / head.cap) * (logit / head.cap);
      for (size_t j = 0; j < x.cols(); ++j)
        gradient(i, j) += weight * double{token(0, j)};
    }
  }
  for (size_t i = 0; i < targets.size(); ++i)
    norm_gradient(x.row(targets[i].row), norm_of, gradient.row(i));
  return gradient;
}

// The mean of the gradients on the way from x to x + delta.
Result<Matrix<double>> mean_gradients(const ExecutorInput& input,
                                      const NormParameters& norm_of,
                                      std::span<const Target> targets,
                                      const Matrix<float>& x,
                                      const Matrix<float>& delta) {
  Matrix<double> mean(targets.size(), x.cols());
  for (size_t i = 0; i < Gauss::abscissa().size(); ++i) {
    for (const double sign : {-1.0, 1.0}) {
      const auto at = static_cast<float>((1 + sign * Gauss::abscissa()[i]) / 2);
      Matrix<float> between = x.clone();
      for (size_t j = 0; j < x.size(); ++j)
        between.values()[j] += at * delta.values()[j];
      const auto gradient =
          EXCISE_TRY(gradients(input, norm_of, targets, between));
      for (size_t j = 0; j < mean.size(); ++j)
        mean.values()[j] += Gauss::weights()[i] / 2 * gradient.values()[j];
    }
  }
  return mean;
}

// Minus the product of the gradients with what a part adds.
void add_share(const Matrix<double>& gradients, std::span<const Target> targets,
               const Matrix<float>& added, std::span<double> share) {
  for (size_t i = 0; i < targets.size(); ++i) {
    for (size_t j = 0; j < added.cols(); ++j) {
      share[targets[i].entry] -=
          gradients(i, j) * double{added(targets[i].row, j)};
    }
  }
}

}  // namespace

std::vector<Hook> PartValues::hooks(const ModelConfig& config) {
  std::vector<Hook> hooks;
  const auto add = [&](HookPoint point, std::vector<Matrix<float>>& values) {
    if (!has_hook(config, point)) return;
    for (size_t l = 0; l < config.n_layers; ++l) {
      hooks.push_back({hook_name({point, l}),
                       [&values](const HookSite&, MatrixView<float> value) {
                         values.push_back(converted<float, float>(value));
                         return Status();
                       }});
    }
  };
  add(HookPoint::kResidPre, resid_pre);
  add(HookPoint::kAttnOut, attn_out);
  add(HookPoint::kResidMid, resid_mid);
  add(HookPoint::kMlpOut, mlp_out);
  add(HookPoint::kResidPost, resid_post);
  return hooks;
}

Result<PartsOfEffect> naive_parts(const ExecutorInput& input,
                                  const Branch& branch, const PartValues& clean,
                                  const PartValues& edited,
                                  MatrixView<const float> clean_final,
                                  MatrixView<const float> edited_final) {
  const NormParameters norm_of = input.config.norm_parameters(
      input.weights.ln_final_weight(), input.weights.ln_final_bias());
  const std::vector<Target> targets = targets_of(input);
  const size_t entries =
      input.requests.empty() ? input.ids.size() : input.requests.size();
  const Written written = written_by(branch, clean, edited);
  const auto x = converted<float, float>(clean_final);
  Matrix<float> alone = x.clone();
  for (size_t i = 0; i < alone.size(); ++i)
    alone.values()[i] += written.difference.values()[i];
  const auto before = EXCISE_TRY(logits_of(input, norm_of, x));
  const auto after = EXCISE_TRY(logits_of(input, norm_of, alone));
  PartsOfEffect parts;
  parts.direct.assign(entries, 0.0);
  for (const auto& [row, token, entry] : targets) {
    const auto logprob = [&, row = row,
                          token = token](const Matrix<float>& logits) {
      return double{logits(row, static_cast<size_t>(token))} -
             log_sum_exp(logits.row(row));
    };
    parts.direct[entry] = logprob(before) - logprob(after);
  }
  if (branch.parts != EffectParts::kAll) return parts;

  const auto gradient = EXCISE_TRY(
      mean_gradients(input, norm_of, targets, x,
                     change(x, converted<float, float>(edited_final))));
  parts.points = 30;
  parts.shares = Matrix<double>(1 + 2 * input.config.n_layers, entries);
  add_share(gradient, targets, written.difference, parts.shares.row(0));
  for (size_t l = branch.layer; l < input.config.n_layers; ++l) {
    const bool own = l == branch.layer;
    if (!own || written.attn_sees)
      add_share(gradient, targets,
                change(clean.attn_out[l], edited.attn_out[l]),
                parts.shares.row(1 + 2 * l));
    if (!own || written.mlp_sees)
      add_share(gradient, targets, change(clean.mlp_out[l], edited.mlp_out[l]),
                parts.shares.row(2 + 2 * l));
  }
  return parts;
}

}  // namespace excise
