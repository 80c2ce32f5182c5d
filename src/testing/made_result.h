// A SweepResult made by hand, for the tests of what comes after a sweep.
#ifndef EXCISE_TESTING_MADE_RESULT_H_
#define EXCISE_TESTING_MADE_RESULT_H_

#include <cmath>
#include <vector>

#include "core/random.h"
#include "experiment/sweep/sweep.h"

namespace excise {

// Effects with this mean and standard deviation about 1, but for token 0.
inline BranchEffect made_effect(size_t tokens, size_t states, double mean,
                                uint64_t seed) {
  Random random(seed);
  BranchEffect effect;
  for (size_t t = 0; t < tokens; ++t) {
    effect.delta_logprob.push_back(t == 0 ? 0 : mean + random.normal());
    effect.delta_logit.push_back(t == 0 ? 0 : random.normal());
    effect.kl.push_back(std::abs(random.normal()));
    effect.top1_changed.push_back(random.uniform() < 0.25 ? 1 : 0);
  }
  effect.drift.resize(states);
  for (size_t s = 1; s < states; ++s) effect.drift[s] = random.uniform();
  effect.drift_resid_final = random.uniform();
  effect.drift_per_token = Matrix<float>(states, tokens);
  for (float& value : effect.drift_per_token.values()) {
    value = static_cast<float>(random.uniform());
  }
  effect.fired = 1;
  return effect;
}

// One layer a mean effect. Where there are `empty_means` the result has all
// cells: that of K = {} with those means, and the removal alone with
// `removed_means` or else the difference, so that about nothing interacts. Fits
// tests/golden/tiny-gpt2.
inline SweepResult made_result(size_t tokens, const std::vector<double>& means,
                               const std::vector<double>& empty_means,
                               const std::vector<double>& removed_means = {}) {
  constexpr size_t kNeurons = 6;
  const size_t states = means.size() + 1;
  Random random(99);
  SweepResult result;
  result.spec.model = "tiny-gpt2";
  for (size_t t = 0; t < tokens; ++t) {
    result.ids.push_back(static_cast<int>(random.below(512)));
    result.clean.logprob.push_back(t == 0 ? 0 : -random.uniform());
    result.clean.logit.push_back(t == 0 ? 0 : random.normal());
    result.clean.top1.push_back(static_cast<int>(random.below(512)));
  }
  result.spec.ids = result.ids;
  result.spec.detail_layer = 0;
  result.spec.threads = 1;
  result.clean.state_norm.assign(states, 2.0);
  result.clean.resid_final_norm = 4.0;
  for (size_t l = 0; l < means.size(); ++l) {
    result.layers.push_back(l);
    LayerFindings findings;
    findings.layer = l;
    findings.singular_values.assign(std::min(tokens, kNeurons), 1.0);
    findings.share = 90 - 5 * static_cast<double>(l);
    findings.u0.assign(tokens, 1 / std::sqrt(static_cast<double>(tokens)));
    findings.v0 = {0.8, 0.6, 0, 0, 0, 0};
    findings.value_change = 0.5;
    findings.removal = made_effect(tokens, states, means[l], 10 + l);
    if (l < empty_means.size()) {
      findings.empty = made_effect(tokens, states, empty_means[l], 50 + l);
      findings.removed =
          made_effect(tokens, states,
                      l < removed_means.size() ? removed_means[l]
                                               : means[l] - empty_means[l],
                      90 + l);
      findings.cells = {.preset = 0.5,
                        .removed = 0.75,
                        .empty = 0.6,
                        .cos_empty_removed = -0.75,
                        .cos_empty_preset = 0.01,
                        .cos_removed_preset = 0.65,
                        .restored_mean_in_removed = 0.9};
    }
    result.findings.push_back(std::move(findings));
  }
  result.detail.a_clean = Matrix<float>(tokens, kNeurons);
  result.detail.a_edited = Matrix<float>(tokens, kNeurons);
  result.detail.cov_before = Matrix<double>(tokens, tokens);
  result.detail.cov_after = Matrix<double>(tokens, tokens);
  result.detail.eig_before.resize(tokens);
  result.detail.eig_after.resize(tokens);
  result.detail.cos_clean = Matrix<double>(tokens - 1, tokens - 1);
  result.detail.cos_edited = Matrix<double>(tokens - 1, tokens - 1);
  return result;
}

// Gives each layer this control, with `repeats` draws around a mean effect, for
// the preset, or for the removal alone once all those of the preset are there.
inline void add_made_control(Control control, size_t repeats, double mean,
                             SweepResult& result, Cell cell = Cell::kPreset) {
  if (cell == Cell::kPreset) result.spec.controls.push_back({control, repeats});
  for (LayerFindings& findings : result.findings) {
    ControlFindings& found = findings.controls.emplace_back();
    found.cell = cell;
    found.control = control;
    for (size_t r = 0; r < repeats; ++r) {
      found.delta_logprob.push_back(
          made_effect(result.ids.size(), 2, mean, 1000 * findings.layer + r)
              .delta_logprob);
    }
  }
}

}  // namespace excise

#endif  // EXCISE_TESTING_MADE_RESULT_H_
