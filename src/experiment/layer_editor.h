// Makes the edits of a sweep, layer by layer, and notes what they were.
#ifndef EXCISE_EXPERIMENT_LAYER_EDITOR_H_
#define EXCISE_EXPERIMENT_LAYER_EDITOR_H_

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/random.h"
#include "experiment/branch.h"
#include "experiment/control_plan.h"
#include "experiment/spec.h"
#include "experiment/sweep.h"
#include "intervention/controls.h"
#include "intervention/decomposition.h"

namespace excise {

// Lives as long as one sweep; edit() is what executors call.
class LayerEditor {
 public:
  // findings: one for each swept layer, with `layer` set; filled in while the
  // executor runs.
  LayerEditor(const Spec& spec, std::span<LayerFindings> findings,
              LayerDetail& detail);

  // As EditLayer. Errors: bad_input when a component does not exist or the rank
  // is too small for a control.
  Status edit(size_t layer, MatrixView<const float> pre,
              std::span<const Branch> branches,
              std::span<const MatrixView<float>> deltas);

 private:
  Status decompose(size_t layer, MatrixView<const float> pre);
  Status edit_control(MatrixView<const float> pre, const Branch& branch,
                      MatrixView<float> delta);
  Status describe_decomposition(MatrixView<const float> pre,
                                LayerFindings& findings) const;
  Status describe_removal(MatrixView<const float> pre,
                          MatrixView<const float> delta,
                          LayerFindings& findings);

  const Spec& spec_;
  std::span<LayerFindings> findings_;
  LayerDetail& detail_;
  std::vector<ControlDraw> control_draws_;  // by Branch::index
  std::optional<size_t> layer_;             // whose decomposition is at hand
  std::unique_ptr<const Decomposition> decomposition_;
  Removed removed_;                       // what the removal subtracts
  std::optional<ActivationSpace> space_;  // once a control asks for it
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LAYER_EDITOR_H_
