// What a result says of how it came about: experiment, model, basis, machine.
#ifndef EXCISE_EXPERIMENT_SWEEP_MANIFEST_JSON_H_
#define EXCISE_EXPERIMENT_SWEEP_MANIFEST_JSON_H_

#include "experiment/common/json_values.h"
#include "experiment/sweep/results_json.h"
#include "experiment/sweep/sweep.h"
#include "model/model.h"

namespace excise {

Json manifest_json(const Model& model, const SweepResult& result,
                   const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_MANIFEST_JSON_H_
