// Runs branches: the naive way, which is the definition, and as a wavefront,
// which is the fast one.
#ifndef EXCISE_EXPERIMENT_EXECUTOR_H_
#define EXCISE_EXPERIMENT_EXECUTOR_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/branch.h"
#include "experiment/spec.h"
#include "model/config.h"
#include "model/weights.h"

namespace excise {

// Borrows everything for the time of the call.
struct ExecutorInput {
  const ModelConfig& config;
  const Weights& weights;
  std::span<const int> ids;
  std::span<const Branch> branches;  // ascending layers
  EditLayer edit;
  std::optional<CaptureRequest> capture;
};

struct WavefrontOptions {
  Compute compute = Compute::kF32;
  uint64_t memory_limit = 0;  // bytes of anonymous memory; 0: no limit
  // Told once the first layer is done, for start-up timings.
  std::function<void()> first_layer_done;
};

// One full forward pass for each branch and one for the clean run. Errors:
// those of run_forward, and what edit returns.
Result<ExecutorOutput> run_naive(const ExecutorInput& input,
                                 const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_EXECUTOR_H_
