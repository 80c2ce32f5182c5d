// Which branches a sweep runs, and where each of them is found again.
#ifndef EXCISE_EXPERIMENT_SWEEP_SWEEP_BRANCHES_H_
#define EXCISE_EXPERIMENT_SWEEP_SWEEP_BRANCHES_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "experiment/sweep/spec.h"
#include "run/branch.h"

namespace excise {

// The branches in the order of the layers; numbers are indices into `all`.
struct SweepBranches {
  // The cells that are computed beside the clean run, the preset first: it
  // alone where the mean is not exchanged, or nothing else was asked for.
  std::vector<Cell> cells;
  // At each layer, by Branch::index: for the cells that remove something.
  std::vector<ControlDraw> draws;
  std::vector<Variant> variants;  // the same
  // The same: first values of constant_search.h, or none.
  size_t constants = 0;
  std::vector<Branch> all;
  std::vector<size_t> removal;                 // [layers]
  std::vector<std::optional<size_t>> removed;  // [layers]
  std::vector<std::optional<size_t>> empty;    // [layers]
  std::vector<size_t> first_control;           // [layers]; the rest follow it
  std::vector<size_t> first_scan;              // [layers] of step 1, and on
  std::vector<size_t> first_variant;           // [layers]
  std::vector<size_t> first_constant;          // [layers]
  std::vector<size_t> together;                // [sets]
  std::optional<size_t> other_text;            // of a swap
  size_t no_op = 0;
};

using LayerSets = std::vector<std::vector<size_t>>;

// layers: ascending; together: sets of them; no_op_layer: one of them.
SweepBranches plan_branches(const Spec& spec, const RemovalOperator& removal,
                            std::span<const size_t> layers,
                            const LayerSets& together, size_t no_op_layer);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SWEEP_BRANCHES_H_
