#include "experiment/sweep/sweep_branches.h"

#include <algorithm>

#include "experiment/sweep/branch_tags.h"
#include "experiment/sweep/constant_search.h"

namespace excise {

namespace {

std::vector<Cell> cells_of(const Spec& spec, const RemovalOperator& removal) {
  if (spec.cells == Cells::kPreset || spec.action == EditAction::kAdd ||
      removal.identity_when_empty()) {
    return {Cell::kPreset};
  }
  return {Cell::kPreset, Cell::kRemoved, Cell::kEmpty};
}

// The preset is split; of what stands beside it, what it writes runs alone.
EffectParts parts_of(const BranchTag& tag) {
  if (tag == sweep_branch::kRemoval) return EffectParts::kAll;
  if (tag == sweep_branch::kRemoved || tag == sweep_branch::kControl)
    return EffectParts::kDirect;
  return EffectParts::kNone;
}

}  // namespace

SweepBranches plan_branches(const Spec& spec, const RemovalOperator& removal,
                            std::span<const size_t> layers,
                            const LayerSets& together, size_t no_op_layer) {
  SweepBranches plan;
  plan.cells = cells_of(spec, removal);
  std::vector<Cell> removing = plan.cells;
  std::erase(removing, Cell::kEmpty);
  plan.draws = control_draws(spec.controls, removing);
  plan.variants = variants_of(
      spec.variants, {.hook = spec.hook,
                      .has_means = spec.preset && spec.source.this_text(),
                      .means = removal,
                      .is_ranked = spec.preset.has_value(),
                      .remove = spec.remove,
                      .has_other_text = !spec.swap.empty()});
  if (asks_for(spec.variants, VariantSet::kConstant))
    plan.constants = kFirstConstants;
  plan.together.resize(together.size());
  if (!spec.swap.empty()) {
    plan.other_text = plan.all.size();
    plan.all.push_back({.layer = 0, .tag = sweep_branch::kOtherText});
  }
  for (const size_t layer : layers) {
    const auto add = [&](BranchTag tag, size_t index = 0) {
      plan.all.push_back({layer, tag, index});
      return plan.all.size() - 1;
    };
    const auto add_cell = [&](Cell cell, BranchTag tag) {
      const bool asked =
          std::ranges::find(plan.cells, cell) != plan.cells.end();
      return asked ? std::optional(add(tag)) : std::nullopt;
    };
    plan.removal.push_back(add(sweep_branch::kRemoval));
    plan.removed.push_back(add_cell(Cell::kRemoved, sweep_branch::kRemoved));
    plan.empty.push_back(add_cell(Cell::kEmpty, sweep_branch::kEmpty));
    if (layer == no_op_layer) plan.no_op = add(sweep_branch::kNoOp);
    plan.first_control.push_back(plan.all.size());
    for (size_t i = 0; i < plan.draws.size(); ++i)
      add(sweep_branch::kControl, i);
    plan.first_scan.push_back(plan.all.size());
    for (size_t step = 1; spec.scan && step < spec.scan->steps(); ++step)
      add(sweep_branch::kScan, step);
    plan.first_variant.push_back(plan.all.size());
    for (size_t i = 0; i < plan.variants.size(); ++i)
      add(sweep_branch::kVariant, i);
    plan.first_constant.push_back(plan.all.size());
    for (size_t i = 0; i < plan.constants; ++i) add(sweep_branch::kConstant, i);
    for (size_t i = 0; i < together.size(); ++i) {
      if (together[i].front() != layer) continue;
      plan.together[i] = add(sweep_branch::kTogether, i);
      plan.all.back().further.assign(together[i].begin() + 1,
                                     together[i].end());
    }
  }
  for (Branch& branch : plan.all) {
    branch.hook = branch.tag == sweep_branch::kOtherText ? HookPoint::kResidPre
                                                         : spec.hook;
    if (spec.parts) branch.parts = parts_of(branch.tag);
  }
  return plan;
}

}  // namespace excise
