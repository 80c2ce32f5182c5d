// results.json of a result folder (docs/formats.md), schema "excise.results/2".
#ifndef EXCISE_EXPERIMENT_SWEEP_RESULTS_JSON_H_
#define EXCISE_EXPERIMENT_SWEEP_RESULTS_JSON_H_

#include <string>

#include "experiment/common/provenance.h"
#include "experiment/sweep/summary.h"
#include "experiment/sweep/sweep.h"
#include "model/model.h"

namespace excise {

// Valid JSON whatever the numbers (NaN and infinity become null) and tokens
// (bytes that are no UTF-8 are replaced). Two runs differ only in
// manifest.timings.
std::string results_json(const Model& model, const SweepResult& result,
                         const Summary& summary, const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_RESULTS_JSON_H_
