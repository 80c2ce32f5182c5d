#include "experiment/sweep/sweep_plan.h"

#include <algorithm>

#include "experiment/sweep/branch_tags.h"

namespace excise {

SweepPlan plan_sweep(const Spec& spec, std::span<const size_t> layers,
                     const LayerSets& together, size_t no_op_layer) {
  const std::vector<Cell> cells = cells_of(spec);
  const size_t draws = control_draws(spec.controls, control_cells(spec)).size();
  SweepPlan plan;
  plan.together.resize(together.size());
  for (const size_t layer : layers) {
    const auto add = [&](BranchTag tag, size_t index = 0) {
      plan.branches.push_back({layer, tag, index});
      return plan.branches.size() - 1;
    };
    const auto add_cell = [&](Cell cell, BranchTag tag) {
      const bool asked = std::ranges::find(cells, cell) != cells.end();
      return asked ? std::optional(add(tag)) : std::nullopt;
    };
    plan.removal.push_back(add(sweep_branch::kRemoval));
    plan.removed.push_back(add_cell(Cell::kRemoved, sweep_branch::kRemoved));
    plan.empty.push_back(add_cell(Cell::kEmpty, sweep_branch::kEmpty));
    if (layer == no_op_layer) plan.no_op = add(sweep_branch::kNoOp);
    plan.first_control.push_back(plan.branches.size());
    for (size_t i = 0; i < draws; ++i) add(sweep_branch::kControl, i);
    plan.first_scan.push_back(plan.branches.size());
    for (size_t step = 1; spec.scan && step < spec.scan->steps(); ++step)
      add(sweep_branch::kScan, step);
    for (size_t i = 0; i < together.size(); ++i) {
      if (together[i].front() != layer) continue;
      plan.together[i] = add(sweep_branch::kTogether, i);
      plan.branches.back().further.assign(together[i].begin() + 1,
                                          together[i].end());
    }
  }
  for (Branch& branch : plan.branches) branch.hook = spec.hook;
  return plan;
}

}  // namespace excise
