#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "math/ops/reference.h"
#include "model/forward.h"
#include "run/executor.h"
#include "run/naive_parts.h"

namespace excise {
namespace {

double squared_norm(std::span<const float> a) {
  double sum = 0;
  for (float value : a) sum += double{value} * double{value};
  return sum;
}

// Every state of one pass (docs/method.md, section 3), and what it predicts.
struct FullRun {
  std::vector<Matrix<float>>
      states;  // [n_layers + 1] of [tokens, d_model]; the last after ln_final
  Matrix<float> resid_final;     // [tokens, d_model]
  Matrix<float> logits;          // [tokens, d_vocab]
  std::vector<double> log_sums;  // [tokens]
  PartValues parts;              // where a branch asks for its parts
  size_t edits_fired = 0;
};

Result<FullRun> run_fully(const ExecutorInput& input, std::vector<Hook> hooks,
                          const Progress& progress) {
  FullRun run;
  const size_t edits = hooks.size();
  const HookFunction keep_state = [&](const HookSite&,
                                      MatrixView<float> value) -> Status {
    auto state = Matrix<float>::uninitialized(value.rows(), value.cols());
    std::copy_n(value.data(), state.size(), state.data());
    run.states.push_back(std::move(state));
    return {};
  };
  hooks.push_back({"blocks.*.hook_resid_pre", keep_state});
  if (std::ranges::any_of(input.branches, asks_for_parts))
    std::ranges::move(run.parts.hooks(input.config), std::back_inserter(hooks));
  ForwardOutput output = EXCISE_TRY(
      run_forward(input.config, input.weights, input.ids, hooks, progress));
  run.logits = EXCISE_TRY(unembed(input.weights, output.normalized));
  run.states.push_back(std::move(output.normalized));
  run.resid_final = std::move(output.resid_final);
  for (size_t t = 0; t < run.logits.rows(); ++t) {
    run.log_sums.push_back(log_sum_exp(run.logits.row(t)));
  }
  run.edits_fired = std::accumulate(
      output.fired.begin(),
      output.fired.begin() + static_cast<ptrdiff_t>(edits), size_t{0});
  return run;
}

int argmax(std::span<const float> logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) -
                          logits.begin());
}

Prediction prediction_of(const FullRun& run, const PredictionRequest& request) {
  const double logit = run.logits(request.position, request.token);
  return {logit - run.log_sums[request.position], logit};
}

CleanRun summarise_clean(const FullRun& run, const ExecutorInput& input) {
  const std::span<const int> ids = input.ids;
  CleanRun clean;
  for (const PredictionRequest& request : input.requests) {
    clean.requested.push_back(prediction_of(run, request));
  }
  clean.logprob.assign(ids.size(), 0.0);
  clean.logit.assign(ids.size(), 0.0);
  for (size_t t = 0; t < ids.size(); ++t) {
    clean.top1.push_back(argmax(run.logits.row(t)));
    if (t == 0) continue;
    clean.logit[t] = run.logits(t - 1, ids[t]);
    clean.logprob[t] = clean.logit[t] - run.log_sums[t - 1];
  }
  for (const Matrix<float>& state : run.states) {
    clean.state_norm.push_back(std::sqrt(squared_norm(state.values())));
  }
  clean.resid_final_norm = std::sqrt(squared_norm(run.resid_final.values()));
  return clean;
}

double kl_divergence(std::span<const float> clean, double clean_log_sum,
                     std::span<const float> edited, double edited_log_sum) {
  double kl = 0;
  for (size_t i = 0; i < clean.size(); ++i) {
    const double log_p = clean[i] - clean_log_sum;
    const double log_q = edited[i] - edited_log_sum;
    kl += std::exp(log_p) * (log_p - log_q);
  }
  return kl;
}

// ||a - b|| row by row.
void row_distances(MatrixView<const float> a, MatrixView<const float> b,
                   std::span<float> out) {
  for (size_t i = 0; i < a.rows(); ++i) {
    double sum = 0;
    for (size_t j = 0; j < a.cols(); ++j) {
      const double difference = double{a(i, j)} - double{b(i, j)};
      sum += difference * difference;
    }
    out[i] = static_cast<float>(std::sqrt(sum));
  }
}

BranchEffect compare(const FullRun& clean, const FullRun& edited,
                     const CleanRun& summary, const ExecutorInput& input) {
  const std::span<const int> ids = input.ids;
  const size_t tokens = ids.size();
  BranchEffect effect;
  for (size_t r = 0; r < input.requests.size(); ++r) {
    const Prediction before = summary.requested[r];
    const Prediction after = prediction_of(edited, input.requests[r]);
    effect.requested.push_back(
        {before.logprob - after.logprob, before.logit - after.logit});
  }
  effect.delta_logprob.assign(tokens, 0.0);
  effect.delta_logit.assign(tokens, 0.0);
  effect.fired = edited.edits_fired;
  for (size_t t = 0; t < tokens; ++t) {
    effect.kl.push_back(kl_divergence(clean.logits.row(t), clean.log_sums[t],
                                      edited.logits.row(t),
                                      edited.log_sums[t]));
    effect.top1.push_back(argmax(edited.logits.row(t)));
    effect.top1_changed.push_back(effect.top1[t] != summary.top1[t] ? 1 : 0);
    if (t == 0) continue;
    const double logit = edited.logits(t - 1, ids[t]);
    effect.delta_logit[t] = summary.logit[t] - logit;
    effect.delta_logprob[t] =
        summary.logprob[t] - (logit - edited.log_sums[t - 1]);
  }
  const auto frobenius = [](std::span<const float> norms) {
    return std::sqrt(squared_norm(norms));
  };
  effect.drift_per_token = Matrix<float>(clean.states.size(), tokens);
  for (size_t s = 0; s < clean.states.size(); ++s) {
    row_distances(clean.states[s], edited.states[s],
                  effect.drift_per_token.row(s));
    effect.drift.push_back(frobenius(effect.drift_per_token.row(s)));
  }
  std::vector<float> distances(tokens);
  row_distances(clean.resid_final, edited.resid_final, distances);
  effect.drift_resid_final = frobenius(distances);
  return effect;
}

Matrix<float> copied(MatrixView<const float> value) {
  return converted<float, float>(value);
}

// What the clean run has at the further layers of a branch.
using CleanValues = std::map<size_t, Matrix<float>>;

Result<CleanValues> clean_values(const ExecutorInput& input,
                                 const Branch& branch,
                                 const Progress& progress) {
  CleanValues values;
  std::vector<Hook> hooks;
  for (const size_t layer : branch.further) {
    hooks.push_back({hook_name({branch.hook, layer}),
                     [&](const HookSite& site, MatrixView<float> value) {
                       values[site.layer] = copied(value);
                       return Status();
                     }});
  }
  if (hooks.empty()) return values;
  EXCISE_TRY(
      run_forward(input.config, input.weights, input.ids, hooks, progress));
  return values;
}

// Adds the branch's change of the value at its hook. Below that layer the value
// is the clean one; above it `clean` has that.
HookFunction edit_hook(const ExecutorInput& input, const Branch& branch,
                       const CleanValues& clean) {
  return [&](const HookSite& site, MatrixView<float> value) -> Status {
    const Matrix<float> before = site.layer == branch.layer
                                     ? copied(value)
                                     : clean.at(site.layer).clone();
    Matrix<float> delta(value.rows(), value.cols());
    for (size_t i = 0; i < delta.size(); ++i)
      delta.values()[i] = value.data()[i] - before.values()[i];
    const MatrixView<float> deltas[] = {delta.view()};
    EXCISE_CHECK(input.edit(site.layer, before, {&branch, 1}, deltas));
    for (size_t i = 0; i < delta.size(); ++i)
      value.data()[i] = before.values()[i] + delta.values()[i];
    return {};
  };
}

std::vector<Hook> edit_hooks(const ExecutorInput& input, const Branch& branch,
                             const CleanValues& clean) {
  std::vector<size_t> layers = {branch.layer};
  layers.insert(layers.end(), branch.further.begin(), branch.further.end());
  std::vector<Hook> hooks;
  for (const size_t layer : layers) {
    hooks.push_back(
        {hook_name({branch.hook, layer}), edit_hook(input, branch, clean)});
  }
  return hooks;
}

}  // namespace

Result<ExecutorOutput> run_naive(const ExecutorInput& input,
                                 const Progress& progress) {
  const size_t passes = input.branches.size() + 1;
  EXCISE_CHECK(check_input(input));
  const FullRun clean = EXCISE_TRY(run_fully(input, {}, progress));
  ExecutorOutput output;
  output.clean = summarise_clean(clean, input);
  EXCISE_CHECK(check_clean(output.clean));
  progress.advance("passes", 1, passes);
  for (size_t b = 0; b < input.branches.size(); ++b) {
    const Branch& branch = input.branches[b];
    const CleanValues before =
        EXCISE_TRY(clean_values(input, branch, progress));
    FullRun edited = EXCISE_TRY(
        run_fully(input, edit_hooks(input, branch, before), progress));
    output.effects.push_back(compare(clean, edited, output.clean, input));
    if (asks_for_parts(branch)) {
      PartsOfEffect& parts = output.effects.back().parts;
      parts = EXCISE_TRY(naive_parts(input, branch, clean.parts, edited.parts,
                                     clean.resid_final, edited.resid_final));
      for (size_t t = 0; t < parts.shares.cols(); ++t)
        parts.error =
            std::max(parts.error, share_error(output.effects.back(), t));
    }
    if (!branch.tag.keeps_drift) {
      output.effects.back().drift_per_token = {};
    }
    EXCISE_CHECK(check_effects({&branch, 1}, {&output.effects.back(), 1}));
    if (input.capture && input.capture->branch == b) {
      const size_t state = input.capture->state;
      output.captured = {clean.states[state].clone(),
                         std::move(edited.states[state])};
    }
    if (input.take_effects) {
      input.take_effects(b, output.effects);
      output.effects.clear();
    }
    progress.advance("passes", b + 2, passes);
  }
  return output;
}

}  // namespace excise
