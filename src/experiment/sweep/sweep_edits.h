// The edits of a sweep as executors call them, described as they are made.
#ifndef EXCISE_EXPERIMENT_SWEEP_SWEEP_EDITS_H_
#define EXCISE_EXPERIMENT_SWEEP_SWEEP_EDITS_H_

#include <cstddef>
#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "experiment/sweep/layer_describer.h"
#include "experiment/sweep/layer_editor.h"
#include "run/branch.h"

namespace excise {

// As EditLayer, of one text, and not described. Errors: those of the editor,
// said of the layer.
Status edit_layer(LayerEditor& editor, size_t layer,
                  MatrixView<const float> value,
                  std::span<const Branch> branches,
                  std::span<const MatrixView<float>> deltas);

// As EditLayer. Errors: those of the editor, said of the layer.
Status edit_layer(LayerEditor& editor, LayerDescriber& describer, size_t layer,
                  MatrixView<const float> value,
                  std::span<const Branch> branches,
                  std::span<const MatrixView<float>> deltas);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SWEEP_EDITS_H_
