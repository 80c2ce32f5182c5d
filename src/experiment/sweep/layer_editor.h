// Makes the edits of a sweep, layer by layer, and notes what they were.
#ifndef EXCISE_EXPERIMENT_SWEEP_LAYER_EDITOR_H_
#define EXCISE_EXPERIMENT_SWEEP_LAYER_EDITOR_H_

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/random.h"
#include "experiment/sweep/control_plan.h"
#include "experiment/sweep/layer_bases.h"
#include "experiment/sweep/spec.h"
#include "experiment/sweep/sweep.h"
#include "intervention/controls.h"
#include "intervention/decomposition.h"
#include "run/branch.h"

namespace excise {

// Lives as long as one sweep; edit() is what executors call.
class LayerEditor {
 public:
  // findings: one for each swept layer, with `layer` set; filled in while the
  // executor runs.
  // edited: [tokens], 0 where a token is left alone; empty: all are edited.
  LayerEditor(const Spec& spec, const Model& model, const LayerBases& bases,
              std::span<const uint8_t> edited,
              std::span<LayerFindings> findings, LayerDetail& detail);

  // Of all components of LayerFindings::anatomy, once all layers are edited.
  Readout readout() const;

  // As EditLayer. Errors: bad_input when a component does not exist or the rank
  // is too small for a control.
  Status edit(size_t layer, MatrixView<const float> pre,
              std::span<const Branch> branches,
              std::span<const MatrixView<float>> deltas);

 private:
  Status edit_branches(size_t layer, MatrixView<const float> pre,
                       std::span<const Branch> branches,
                       std::span<const MatrixView<float>> deltas);
  Status decompose(size_t layer, MatrixView<const float> pre);
  Status edit_control(MatrixView<const float> pre, const Branch& branch,
                      MatrixView<float> delta);
  Status edit_scan(MatrixView<const float> pre, const Branch& branch,
                   LayerFindings& findings, MatrixView<float> delta);
  Status edit_together(size_t layer, MatrixView<const float> pre,
                       const Branch& branch, MatrixView<float> delta);
  Status edit_one(size_t layer, MatrixView<const float> pre,
                  const Branch& branch, LayerFindings& findings,
                  MatrixView<float> delta);
  // The removal, or what is added in its place, with strength 1.
  Status change(MatrixView<const float> value, MatrixView<float> delta) const;
  Status addition(MatrixView<float> delta) const;
  // By the strength, and not at tokens that are not to be edited.
  void scale_selected(MatrixView<float> delta) const;
  Status describe_components(LayerFindings& findings);
  Status describe_dormant(MatrixView<const float> pre,
                          MatrixView<const float> delta,
                          LayerFindings& findings);
  std::vector<double> codes_of(size_t i) const;
  Status describe_clean(MatrixView<const float> pre, LayerFindings& findings);
  Status describe_removal(MatrixView<const float> pre,
                          MatrixView<const float> delta,
                          LayerFindings& findings);

  const Spec& spec_;
  const Model& model_;
  const LayerBases& bases_;
  std::span<const uint8_t> edited_;
  std::span<LayerFindings> findings_;
  LayerDetail& detail_;
  std::vector<ControlDraw> control_draws_;  // by Branch::index
  std::optional<size_t> layer_;             // whose decomposition is at hand
  std::shared_ptr<const Decomposition> decomposition_;
  // What each component of an anatomy writes to the residual stream, by layer:
  // [components, d_model].
  std::map<size_t, Matrix<float>> written_;
  Removed removed_;  // what the removal subtracts
  // Of the layer at hand.
  Matrix<double> cov_before_, cov_after_;  // [tokens, tokens]
  Matrix<float> edited_values_;            // [tokens, width of the hook]
  // Once a control asks for them.
  std::optional<ActivationSpace> space_;
  std::map<Cell, ControlSource> sources_;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_LAYER_EDITOR_H_
