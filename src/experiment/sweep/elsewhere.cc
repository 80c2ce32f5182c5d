#include "experiment/sweep/elsewhere.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "experiment/sweep/branch_tags.h"
#include "experiment/sweep/control_plan.h"
#include "intervention/bases/svd.h"
#include "intervention/controls.h"
#include "intervention/edit_change.h"
#include "math/linalg/covariance.h"
#include "run/executor.h"
#include "run/run_branches.h"

namespace excise {
namespace {

// The stream between two blocks has two names.
std::pair<size_t, HookPoint> once(size_t layer, HookPoint hook) {
  if (hook == HookPoint::kResidPre && layer > 0)
    return {layer - 1, HookPoint::kResidPost};
  return {layer, hook};
}

}  // namespace

Status change_elsewhere(MatrixView<const float> value, size_t directions,
                        std::span<const uint8_t> edited,
                        std::span<const PlaceDraw> draws,
                        std::span<const MatrixView<float>> deltas) {
  const auto basis = EXCISE_TRY(
      fit_text_svd(value, {.centre = Mean::kNeuron, .restore = Mean::kNeuron}));
  const ActivationSpace space = EXCISE_TRY(activation_space(*basis, value));
  // Of which the draws take the number of directions alone.
  const Removed removed{Matrix<double>(value.rows(), directions),
                        Matrix<double>(directions, value.cols())};
  ControlSource source(*basis, removed, drawn_from(space), MeanExchange::kNone);
  const auto is_edited = [&](size_t t) {
    return edited.empty() || edited[t] != 0;
  };
  for (size_t i = 0; i < draws.size(); ++i) {
    Random random = draws[i].random;
    EXCISE_CHECK(source.draw(Control::kRandomRank, value, random, deltas[i]));
    limit_change(1, is_edited, deltas[i]);
    const double drawn = relative_size(deltas[i], value);
    limit_change(drawn > 0 ? draws[i].share / drawn : 0, is_edited, deltas[i]);
  }
  return {};
}

ElsewherePlan plan_elsewhere(const Spec& spec, const ModelConfig& config,
                             std::span<const size_t> layers) {
  std::vector<std::pair<size_t, HookPoint>> places;
  for (size_t l = 0; l < config.n_layers; ++l) {
    for (const HookPoint hook : kEditHooks) {
      if (has_hook(config, hook) && once(l, hook) == std::pair(l, hook))
        places.emplace_back(l, hook);
    }
  }
  const size_t repeats = repeats_of(spec.controls, Control::kElsewhere);
  ElsewherePlan plan;
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto own =
        std::ranges::find(places, once(layers[i], spec.hook)) - places.begin();
    for (size_t repeat = 0; repeat < repeats; ++repeat) {
      Random random =
          control_random(spec.seed, layers[i],
                         {.control = Control::kElsewhere, .repeat = repeat});
      // Of the others: those behind its own move up by one.
      auto place = random.below(places.size() - 1);
      if (place >= static_cast<uint64_t>(own)) ++place;
      plan.branches.push_back({.layer = places[place].first,
                               .tag = sweep_branch::kElsewhere,
                               .index = plan.draws.size(),
                               .hook = places[place].second});
      plan.draws.push_back({i, repeat, random});
    }
  }
  std::ranges::stable_sort(plan.branches, {}, [](const Branch& branch) {
    return std::pair(branch.layer, branch.hook);
  });
  return plan;
}

Status run_elsewhere(const Model& model, const SweepPlan& plan,
                     const Progress& progress, SweepResult& result) {
  const ElsewherePlan drawn =
      plan_elsewhere(plan.spec, model.config, plan.layers);
  if (drawn.branches.empty()) return {};
  const ExecutorInput input{
      .config = model.config,
      .weights = model.weights,
      .ids = plan.ids,
      .branches = drawn.branches,
      .edit =
          [&](size_t, MatrixView<const float> value,
              std::span<const Branch> branches,
              std::span<const MatrixView<float>> deltas) {
            std::vector<PlaceDraw> draws;
            for (const Branch& branch : branches) {
              const ElsewhereDraw& draw = drawn.draws[branch.index];
              draws.push_back(
                  {draw.random, result.findings[draw.swept].value_change});
            }
            return change_elsewhere(value, plan.spec.remove.size(), plan.edited,
                                    draws, deltas);
          },
      .capture = std::nullopt};
  BranchAudit audit;
  ExecutorOutput output =
      EXCISE_TRY(run_branches(input, plan.spec, "sweep", progress, audit));
  std::vector<ControlFindings> found(
      plan.layers.size(), {Cell::kPreset, Control::kElsewhere,
                           std::vector<std::vector<double>>(repeats_of(
                               plan.spec.controls, Control::kElsewhere))});
  for (size_t b = 0; b < drawn.branches.size(); ++b) {
    const ElsewhereDraw& draw = drawn.draws[drawn.branches[b].index];
    found[draw.swept].delta_logprob[draw.repeat] =
        std::move(output.effects[b].delta_logprob);
    result.audit.edits_fired += output.effects[b].fired;
  }
  result.audit.edits_expected += drawn.branches.size();
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    // Behind the other controls of its cell.
    auto& controls = result.findings[i].controls;
    const auto behind = std::ranges::find_if(
        controls,
        [](const ControlFindings& one) { return one.cell != Cell::kPreset; });
    controls.insert(behind, std::move(found[i]));
  }
  return {};
}

}  // namespace excise
