// The main job: one removal per layer, its effect on everything downstream.
#ifndef EXCISE_EXPERIMENT_SWEEP_SWEEP_H_
#define EXCISE_EXPERIMENT_SWEEP_SWEEP_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/sweep/anatomy.h"
#include "experiment/sweep/cells.h"
#include "experiment/sweep/layer_bases.h"
#include "experiment/sweep/spec.h"
#include "model/model.h"
#include "run/branch.h"
#include "run/branch_audit.h"
#include "run/rounding_check.h"

namespace excise {

// The draws of one control for one cell at one layer; only their effects are
// kept.
struct ControlFindings {
  Cell cell = Cell::kPreset;
  Control control = Control::kRandomRank;
  std::vector<std::vector<double>> delta_logprob;  // [repeats][tokens]
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

// A further text, swept for itself: the preset alone, and its controls and
// steps of a scan. Means are those of effects over the tested tokens, NaN where
// there are none.
struct TextFindings {
  std::vector<int> ids;                            // [tokens]
  std::vector<size_t> tested;                      // as tested_tokens()
  std::vector<std::vector<double>> delta_logprob;  // [layers][tokens]
  // [layers][controls, in the order of Spec::controls][repeats]
  std::vector<std::vector<std::vector<double>>> control_means;
  std::vector<std::vector<double>> scan_means;  // [layers][steps]
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
  // were not computed, see cells_of().
  std::optional<BranchEffect> removed;
  std::optional<BranchEffect> empty;
  std::optional<CellChanges> cells;
  // Those of the preset in the order of Spec::controls, then those of the
  // removal alone.
  std::vector<ControlFindings> controls;
  std::vector<ScanFindings> scan;         // [steps]; step 0 is the removal
  std::vector<ComponentAnatomy> anatomy;  // of the first kAnatomyComponents
  DormantShare dormant;                   // of the removal, if asked for
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

// The branch without an edit must give the clean run again.
struct Audit : BranchAudit {
  size_t no_op_layer = 0;
};

struct SweepTimings {  // seconds
  double first_layer =
      0;  // from the start of run_sweep to the end of the first layer
  double total = 0;
};

struct SweepResult {
  Spec spec;                    // resolved: detail_layer is set
  BasisOrigin basis;            // of what was removed
  std::vector<int> ids;         // [tokens]
  std::vector<uint8_t> edited;  // [tokens] 1 where edits apply; empty: all
  std::vector<size_t> layers;   // swept, ascending
  CleanRun clean;
  std::vector<LayerFindings> findings;      // [layers]
  std::vector<TogetherFindings> together;   // in the order of Spec::together
  std::vector<TextFindings> further_texts;  // as Spec::further_texts
  LayerDetail detail;
  Audit audit;
  size_t passes = 1;  // over the layers
  int threads = 1;    // taken
  SweepTimings timings;
};

// The positions that default_n tests: those an edit can reach.
std::vector<size_t> tested_tokens(const SweepResult& result);

// Errors: bad_input (empty or too long text, layer or component out of range,
// ids outside the vocabulary), bad_file (NaN in weights), interrupted,
// out_of_memory.
Result<SweepResult> run_sweep(const Model& model, const Spec& spec,
                              const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SWEEP_H_
