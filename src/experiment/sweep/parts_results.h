// Where effects arise, in the files of a result (docs/formats.md).
#ifndef EXCISE_EXPERIMENT_SWEEP_PARTS_RESULTS_H_
#define EXCISE_EXPERIMENT_SWEEP_PARTS_RESULTS_H_

#include <string>

#include "experiment/common/json_values.h"
#include "experiment/sweep/summary.h"
#include "io/safetensors_writer.h"

namespace excise {

// `parts` of a layer in results.json.
Json parts_json(const PartsSummary& parts);

// parts.csv: a row for each layer and part.
std::string parts_csv(const Summary& summary);

// parts [layers, 1 + 2 n_layers, tokens], direct_logprob [layers, tokens] and
// direct_logprob_removed; none where parts were not asked for.
void add_parts(TensorWriter& writer, const SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_PARTS_RESULTS_H_
