// Where the controls of texts that share a basis are drawn from
// (docs/method.md, section 5).
#ifndef EXCISE_EXPERIMENT_SWEEP_SHARED_CONTROLS_H_
#define EXCISE_EXPERIMENT_SWEEP_SHARED_CONTROLS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/sweep/cells.h"
#include "experiment/sweep/control_plan.h"
#include "experiment/sweep/layer_bases.h"
#include "model/model.h"

namespace excise {

// Of one layer, the same for all texts.
struct SharedSpace {
  Matrix<double> row_space;                  // orthonormal [rank, neurons]
  std::map<Cell, Matrix<double>> of_change;  // [rank of D P, neurons]
};
using SharedControls = std::map<size_t, SharedSpace>;

// Which texts the space is of: drawn by the seed until they have 256 tokens or
// there are no more, in their order. tokens: of each text.
std::vector<size_t> drawn_texts(std::span<const size_t> tokens, uint64_t seed);

// Of the activations of these texts, each run by itself. draws: those of a
// layer. Errors: those of a forward pass and of the basis.
Result<SharedControls> shared_controls(const Model& model,
                                       const LayerBases& bases,
                                       std::span<const size_t> layers,
                                       std::span<const ControlDraw> draws,
                                       std::span<const std::vector<int>> texts,
                                       const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SHARED_CONTROLS_H_
