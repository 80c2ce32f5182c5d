#include "experiment/sweep/over_units.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

namespace excise {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

BranchEffect effect_of(std::vector<double> effects) {
  BranchEffect effect;
  effect.delta_logprob = series_of(std::move(effects));
  effect.drift = {0};
  return effect;
}

BranchEffect effect_of(const UnitEffects& effects, size_t branch) {
  return effect_of(std::move(effects.of_branches(branch, 1)[0]));
}

void add_controls(const SweepBranches& branches, size_t i,
                  const UnitEffects& effects, LayerFindings& found) {
  const std::vector<ControlDraw>& draws = branches.draws;
  auto drawn = effects.of_branches(branches.first_control[i], draws.size());
  for (size_t draw = 0; draw < draws.size(); ++draw) {
    if (draws[draw].repeat == 0)
      found.controls.push_back({draws[draw].cell, draws[draw].control, {}});
    found.controls.back().delta_logprob.push_back(
        series_of(std::move(drawn[draw])));
  }
}

// Shares of later steps are not kept.
void add_scan(const SweepBranches& branches, size_t i, size_t steps,
              const UnitEffects& effects, LayerFindings& found) {
  found.scan.push_back({found.share, found.removal.delta_logprob});
  for (auto& one : effects.of_branches(branches.first_scan[i], steps - 1))
    found.scan.push_back({kNothing, series_of(std::move(one))});
}

LayerFindings findings_of(const Spec& spec, const SweepBranches& branches,
                          size_t i, size_t layer, const UnitEffects& effects) {
  LayerFindings found;
  found.layer = layer;
  found.share = effects.share(i);
  found.u0 = {0};
  found.removal = effect_of(effects, branches.removal[i]);
  if (branches.removed[i])
    found.removed = effect_of(effects, *branches.removed[i]);
  if (branches.empty[i]) found.empty = effect_of(effects, *branches.empty[i]);
  add_controls(branches, i, effects, found);
  if (spec.scan) add_scan(branches, i, spec.scan->steps(), effects, found);
  if (effects.add_evidence) effects.add_evidence(i, found);
  return found;
}

}  // namespace

std::vector<double> series_of(std::vector<double> effects) {
  effects.insert(effects.begin(), 0);
  return effects;
}

SweepResult sweep_over_units(const Spec& spec, const RemovalOperator& removal,
                             const std::vector<size_t>& layers,
                             const SweepBranches& branches,
                             const UnitEffects& effects) {
  SweepResult result;
  result.spec = spec;
  result.removal = removal;
  result.basis.source = "this text";  // what else there is, passages say
  result.entries.are_tokens = false;
  result.ids.resize(1 + effects.units);
  std::iota(result.ids.begin(), result.ids.end(), 0);
  result.layers = layers;
  result.variants = branches.variants;
  result.clean.state_norm = {1};
  for (size_t i = 0; i < layers.size(); ++i) {
    result.findings.push_back(
        findings_of(spec, branches, i, layers[i], effects));
  }
  for (const size_t branch : branches.together) {
    const Branch& set = branches.all[branch];
    TogetherFindings& one = result.together.emplace_back();
    one.layers = {set.layer};
    one.layers.insert(one.layers.end(), set.further.begin(), set.further.end());
    one.effect = effect_of(effects, branch);
  }
  return result;
}

void keep_what_is_over_units(Json& json) {
  for (const char* key :
       {"published_n", "value_change", "cov_change", "participation_before",
        "participation_after", "sink_share", "v_max_sq", "v_max_neuron",
        "v_participation", "drift_end", "drift_end_relative",
        "drift_resid_final", "drift_resid_final_relative", "cells", "ewc_p",
        "ewc_q"})
    json.erase(key);
  for (auto& [key, value] : json.items()) {
    if (value.is_object()) keep_what_is_over_units(value);
    if (!value.is_array()) continue;
    for (Json& one : value) {
      if (one.is_object()) keep_what_is_over_units(one);
    }
  }
}

}  // namespace excise
