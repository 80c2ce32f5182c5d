// Makes the edits of a sweep, layer by layer.
#ifndef EXCISE_EXPERIMENT_SWEEP_LAYER_EDITOR_H_
#define EXCISE_EXPERIMENT_SWEEP_LAYER_EDITOR_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "experiment/sweep/sweep_plan.h"
#include "intervention/controls.h"
#include "intervention/decomposition.h"
#include "run/branch.h"

namespace excise {

// value + delta, both [tokens, width].
Matrix<float> edited_value(MatrixView<const float> value,
                           MatrixView<const float> delta);

// Lives as long as one sweep, and borrows all it is made from.
class LayerEditor {
 public:
  LayerEditor(const SweepPlan& plan, const Weights& weights);

  // Of a swap, before its first layer.
  void take_other_text(OtherValues values) { other_ = std::move(values); }

  // Decomposes the value of the clean run at a layer, [tokens, width of the
  // hook]; false where that is at hand. Error bad_input for a component that
  // does not exist.
  Result<bool> prepare(size_t layer, MatrixView<const float> value);
  // What takes the other text of a swap in place of this one. embedded: of this
  // one before layer 0, [tokens, d_model]; delta alike.
  void put_other_text(MatrixView<const float> embedded,
                      MatrixView<float> delta) const;
  // What the branch changes of the value that was prepared, [tokens, width].
  // Where it left the clean run below, delta holds by how much it differs
  // already. Error bad_input where the rank is too small for a control.
  Status edit(size_t layer, MatrixView<const float> value, const Branch& branch,
              MatrixView<float> delta);

  // The removal with all codes of its one component set to `code` in the place
  // of 0, [tokens, width].
  Status set_constant(MatrixView<const float> value, double code,
                      MatrixView<float> delta) const;

  // Of the layer at hand.
  const std::shared_ptr<const Decomposition>& decomposition() const {
    return decomposition_;
  }
  // What the removal subtracts, and what the last step of a scan did.
  const Removed& removed() const { return removed_; }
  const Removed& scanned() const { return scanned_; }
  // Codes of the first removed component, at the tokens that are edited.
  std::vector<double> edited_codes() const;
  // A change by the strength, and not at tokens that are not to be edited.
  void scale_selected(MatrixView<float> delta) const;

 private:
  void keep_before_difference(MatrixView<float> delta) const;
  Result<ControlSpace> control_space(size_t layer, Cell cell,
                                     MatrixView<const float> value);
  Status edit_control(MatrixView<const float> value, const Branch& branch,
                      MatrixView<float> delta);
  Status edit_scan(MatrixView<const float> value, const Branch& branch,
                   MatrixView<float> delta);
  Status edit_variant(MatrixView<const float> value, const Branch& branch,
                      MatrixView<float> delta);
  Status edit_together(size_t layer, MatrixView<const float> value,
                       const Branch& branch, MatrixView<float> delta);
  // The removal, or what is added in its place, with strength 1.
  Status change(MatrixView<const float> value, MatrixView<float> delta) const;

  const SweepPlan& plan_;
  const Spec& spec_;  // of the plan
  const Weights& weights_;
  OtherValues other_;
  std::optional<size_t> layer_;  // whose decomposition is at hand
  std::shared_ptr<const Decomposition> decomposition_;
  Removed removed_, scanned_;
  // Once a control asks for them; of shared controls the centred rows alone.
  std::optional<ActivationSpace> space_;
  std::map<Cell, ControlSource> sources_;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_LAYER_EDITOR_H_
