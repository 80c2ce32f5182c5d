// What stands on the other side of a gate, where a measure of hook_pre needs
// it.
#ifndef EXCISE_EXPERIMENT_SWEEP_GATE_FACTORS_H_
#define EXCISE_EXPERIMENT_SWEEP_GATE_FACTORS_H_

#include <cstddef>
#include <map>
#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "model/model.h"

namespace excise {

// The clean hook_pre_linear of each of `layers`, [tokens, d_mlp]: what the
// activation of the gate is multiplied with. One further forward pass; tokens *
// d_mlp floats a layer are kept. Of a model with gated MLPs. Errors: those of
// run_forward().
Result<std::map<size_t, Matrix<float>>> gate_factors(
    const Model& model, std::span<const int> ids,
    std::span<const size_t> layers, const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_GATE_FACTORS_H_
