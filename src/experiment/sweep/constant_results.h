// The best constant found, in the files of a result (docs/formats.md).
#ifndef EXCISE_EXPERIMENT_SWEEP_CONSTANT_RESULTS_H_
#define EXCISE_EXPERIMENT_SWEEP_CONSTANT_RESULTS_H_

#include <string>

#include "experiment/common/json_values.h"
#include "experiment/sweep/summary.h"
#include "io/safetensors_writer.h"

namespace excise {

// `constant` of a layer in results.json.
Json constant_json(const ConstantSummary& constant);

// constant.csv: a row for each layer and value that was tried.
std::string constant_csv(const Summary& summary);

// delta_logprob_constant [layers, tokens], of the best of each; nothing where a
// layer has none.
void add_constants(TensorWriter& writer, const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONSTANT_RESULTS_H_
