// Notes what the edits of a sweep are, layer by layer, into its findings.
#ifndef EXCISE_EXPERIMENT_SWEEP_LAYER_DESCRIBER_H_
#define EXCISE_EXPERIMENT_SWEEP_LAYER_DESCRIBER_H_

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "experiment/sweep/findings.h"
#include "experiment/sweep/layer_editor.h"
#include "experiment/sweep/sweep_plan.h"
#include "model/model.h"
#include "run/branch.h"

namespace excise {

// Lives as long as one sweep. Borrows what it is made of; looks at the layer
// that the editor has at hand.
class LayerDescriber {
 public:
  // findings: one for each swept layer, with `layer` set.
  LayerDescriber(const SweepPlan& plan, const Model& model,
                 const LayerEditor& editor, std::span<LayerFindings> findings,
                 LayerDetail& detail);

  // Of gated MLPs, before their dormant share: gate_factors() of each layer.
  void take_gate_factors(std::map<size_t, Matrix<float>> factors) {
    gate_factors_ = std::move(factors);
  }

  // The decomposition of the clean value, [tokens, width]. May run beside
  // note_edit().
  Status describe_value(size_t layer, MatrixView<const float> value);
  // What one branch was edited by, while the editor has it.
  void note_edit(size_t layer, MatrixView<const float> value,
                 const Branch& branch, MatrixView<const float> delta);
  // After both: the removed components, and what the removal did.
  Status describe_components(size_t layer);
  Status describe_removal(size_t layer, MatrixView<const float> value,
                          MatrixView<const float> delta);

  // Of all components that were described.
  Readout readout() const;

 private:
  LayerFindings& of(size_t layer) const;
  Status describe_dormant(MatrixView<const float> value,
                          MatrixView<const float> delta,
                          LayerFindings& findings);
  std::vector<double> codes_of(size_t i) const;

  const SweepPlan& plan_;
  const Spec& spec_;  // of the plan
  const Model& model_;
  const LayerEditor& editor_;
  std::span<LayerFindings> findings_;
  LayerDetail& detail_;
  // What each component of an anatomy writes to the residual stream, by layer:
  // [components, d_model].
  std::map<size_t, Matrix<float>> written_;
  std::map<size_t, Matrix<float>> gate_factors_;
  // Of the layer at hand.
  Matrix<double> cov_before_, cov_after_;  // [tokens, tokens]
  Matrix<float> edited_values_;            // [tokens, width of the hook]
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_LAYER_DESCRIBER_H_
