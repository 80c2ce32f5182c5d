// arrays.safetensors of a result folder (docs/formats.md lists the names).
#ifndef EXCISE_EXPERIMENT_SWEEP_RESULTS_ARRAYS_H_
#define EXCISE_EXPERIMENT_SWEEP_RESULTS_ARRAYS_H_

#include "experiment/sweep/summary.h"
#include "experiment/sweep/sweep.h"
#include "io/safetensors.h"

namespace excise {

// Whether the arrays and tables of K = {} are there: they were measured, or the
// operator is the identity for K = {} and every one of them is exactly 0.
bool has_empty_branch(const SweepResult& result);

// Row i of what has one row a layer belongs to result.layers[i].
TensorWriter result_arrays(const SweepResult& result, const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_RESULTS_ARRAYS_H_
