// What a sweep finds at one layer.
#ifndef EXCISE_EXPERIMENT_SWEEP_FINDINGS_H_
#define EXCISE_EXPERIMENT_SWEEP_FINDINGS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "experiment/sweep/anatomy.h"
#include "experiment/sweep/cells.h"
#include "experiment/sweep/constant_findings.h"
#include "experiment/sweep/control_plan.h"
#include "run/branch.h"

namespace excise {

// The draws of one control for one cell at one layer; only their effects are
// kept.
struct ControlFindings {
  Cell cell = Cell::kPreset;
  Control control = Control::kRandomRank;
  std::vector<std::vector<double>> delta_logprob;  // [repeats][tokens]
  // The same of what the draw writes alone, where parts are asked for.
  std::vector<std::vector<double>> direct = {};
};

// One step of a scan at one layer.
struct ScanFindings {
  double share = 0;                   // % of sum s^2 in its components
  std::vector<double> delta_logprob;  // [tokens]
};

// A branch that edits several layers.
struct TogetherFindings {
  std::vector<size_t> layers;
  BranchEffect effect;
};

// Of effects whose entries are units and not tokens, which have no halves: the
// removal's means in the halves of their texts, of those with tokens there.
struct HalvesOfUnits {
  std::string of;  // "each text"
  std::array<std::vector<double>, 2> means;
};

// What was done at one layer, and what came of it.
struct LayerFindings {
  size_t layer = 0;
  std::vector<double>
      singular_values;     // of A - M, descending, [min(tokens, d_mlp)]
  std::string basis_note;  // LinearParts::note of the fit; mostly empty
  double share = 0;        // % of sum s^2 in the removed components
  std::vector<double>
      u0;  // [tokens] left singular vector of the first removed component
  std::vector<double>
      v0;  // [d_mlp] right singular vector, largest entry positive
  double value_change = 0;  // ||A' - A|| / ||A||
  double cov_change =
      0;  // ||C' - C|| / ||C||, covariance between tokens over neurons
  double participation_before = 0;  // (sum lambda)^2 / sum lambda^2 of C
  double participation_after = 0;
  BranchEffect removal;  // the preset, A'
  // The other cells, and how far each moves the activations; absent where they
  // were not computed, see SweepBranches::cells.
  std::optional<BranchEffect> removed;
  std::optional<BranchEffect> empty;
  std::optional<CellChanges> cells;
  // Those of the preset in the order of Spec::controls, then those of the
  // removal alone.
  std::vector<ControlFindings> controls;
  // [variants][tokens] their effects, as SweepResult::variants.
  std::vector<std::vector<double>> variants;
  // Over units alone, where there are variants; those that spare the first
  // token then have an entry for units with other tokens alone.
  std::optional<HalvesOfUnits> halves;
  std::optional<ConstantFindings> constant;  // if asked for
  std::vector<ScanFindings> scan;            // [steps]; step 0 is the removal
  std::vector<ComponentAnatomy> anatomy;     // of the first kAnatomyComponents
  DormantShare dormant;                      // of the removal, if asked for
};

// The other text of a swap.
struct OtherTextFindings {
  std::vector<int> ids;  // [tokens]
  size_t first_difference = 0;
  std::vector<size_t> tested;  // as tested_of_swap()
  // [tokens] nats; by how much less likely it makes each token of this text.
  std::vector<double> delta_logprob;
};

// Everything about one layer that is too large to keep for all.
struct LayerDetail {
  size_t layer = 0;
  Matrix<float> a_clean;                 // [tokens, d_mlp]
  Matrix<float> a_edited;                // [tokens, d_mlp]
  Matrix<double> cov_before, cov_after;  // [tokens, tokens]
  std::vector<double> eig_before,
      eig_after;  // [tokens] % of the trace, descending
  Matrix<double> cos_clean,
      cos_edited;  // [tokens - 1, tokens - 1] of the states after the block
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_FINDINGS_H_
