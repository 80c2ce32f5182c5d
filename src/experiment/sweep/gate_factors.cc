#include "experiment/sweep/gate_factors.h"

#include <vector>

#include "model/forward.h"
#include "model/kept_value.h"

namespace excise {

Result<std::map<size_t, Matrix<float>>> gate_factors(
    const Model& model, std::span<const int> ids,
    std::span<const size_t> layers, const Progress& progress) {
  std::map<size_t, Matrix<float>> factors;
  std::vector<Hook> hooks;
  for (const size_t layer : layers) {
    hooks.push_back(keep_value(hook_name({HookPoint::kMlpPreLinear, layer}),
                               factors[layer]));
  }
  EXCISE_TRY(run_forward(model.config, model.weights, ids, hooks, progress));
  return factors;
}

}  // namespace excise
