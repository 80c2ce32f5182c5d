// The two tables of a result folder (docs/formats.md): RFC 4180, UTF-8, a
// heading line, numbers that read back exactly, empty where there is none.
#ifndef EXCISE_EXPERIMENT_SWEEP_RESULTS_CSV_H_
#define EXCISE_EXPERIMENT_SWEEP_RESULTS_CSV_H_

#include <string>

#include "experiment/sweep/summary.h"
#include "experiment/sweep/sweep.h"
#include "model/model.h"

namespace excise {

// One row a layer and branch ("removal", "empty", "net").
std::string layers_csv(const Summary& summary);

// One row a branch, layer and token; token 0 is not predicted, so it has no log
// probability.
std::string tokens_csv(const Model& model, const SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_RESULTS_CSV_H_
