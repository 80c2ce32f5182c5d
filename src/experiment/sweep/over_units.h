// Effects of units, such as the texts of a corpus or the prompts of a task, as
// the entries of a sweep: so that tests, controls, words and panels serve them.
#ifndef EXCISE_EXPERIMENT_SWEEP_OVER_UNITS_H_
#define EXCISE_EXPERIMENT_SWEEP_OVER_UNITS_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "experiment/common/json_values.h"
#include "experiment/sweep/sweep.h"
#include "experiment/sweep/sweep_branches.h"

namespace excise {

// The effects of units behind the one entry that counts for nothing, as that of
// a text's first token.
std::vector<double> series_of(std::vector<double> effects);

// What was measured of units.
struct UnitEffects {
  size_t units = 0;
  // [count][units] effects of the branches first, first + 1, ..., nats.
  std::function<std::vector<std::vector<double>>(size_t first, size_t count)>
      of_branches;
  // Of the i-th swept layer, % of the variance that is removed.
  std::function<double(size_t i)> share;
  // Adds parts and variants to the findings of the i-th swept layer, whose
  // effects and controls are there. May be empty.
  std::function<void(size_t i, LayerFindings& findings)> add_evidence = {};
};

// Entry 1 + u of each series is unit u; there is nothing else of a text.
SweepResult sweep_over_units(const Spec& spec, const RemovalOperator& removal,
                             const std::vector<size_t>& layers,
                             const SweepBranches& branches,
                             const UnitEffects& effects);

// Takes out of layer_json() or together_json() what is of one text alone.
void keep_what_is_over_units(Json& json);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_OVER_UNITS_H_
