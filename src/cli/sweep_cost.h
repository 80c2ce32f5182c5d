// About what a sweep of a model needs, before it is run.
#ifndef EXCISE_CLI_SWEEP_COST_H_
#define EXCISE_CLI_SWEEP_COST_H_

#include <cstddef>

#include "core/error.h"
#include "model/architecture/config.h"

namespace excise {

struct SweepCost {
  double bytes = 0;  // beside the weights, without a memory limit
  double flop = 0;   // of the matrix products
};

// All layers, one removal and one K = {} branch each, of `tokens` tokens. The
// branches of layer l run through layers l and up; at layer l the clean run,
// the audit and 2 (l + 1) branches are alive.
SweepCost sweep_cost(const ModelConfig& config, size_t tokens);

// FLOP a second of this machine's matrix product, from one of a few
// milliseconds. Errors: those of matmul().
Result<double> measure_flop_rate();

}  // namespace excise

#endif  // EXCISE_CLI_SWEEP_COST_H_
