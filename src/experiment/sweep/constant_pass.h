// The rounds of constant_search.h behind the first, each one more pass over the
// layers.
#ifndef EXCISE_EXPERIMENT_SWEEP_CONSTANT_PASS_H_
#define EXCISE_EXPERIMENT_SWEEP_CONSTANT_PASS_H_

#include <cstddef>
#include <span>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/sweep/constant_search.h"
#include "experiment/sweep/findings.h"
#include "experiment/sweep/layer_editor.h"
#include "experiment/sweep/sweep.h"
#include "experiment/sweep/sweep_plan.h"

namespace excise {

// A constant is chosen on the first half of the tested tokens (the smaller half
// of an odd number), and told on the second.
struct ConstantHalves {
  std::span<const size_t> chosen_on, told_on;
};
ConstantHalves constant_halves(std::span<const size_t> tested);

// The search along the component of a layer with all that was tried, the
// removal included. findings: with `constant`.
ConstantSearch constant_search(const LayerFindings& findings,
                               std::span<const size_t> chosen_on);

// Error bad_input where the halves have no two tokens each.
Status check_constant(std::span<const size_t> tested);

// Adds to each layer's findings what next() asks for, until nothing is asked.
// Counts its edits in the audit. Errors: those of run_branches().
Status refine_constants(const Model& model, const SweepPlan& plan,
                        LayerEditor& editor, const Progress& progress,
                        SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONSTANT_PASS_H_
