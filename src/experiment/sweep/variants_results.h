// Variants of a removal, in the files of a result (docs/formats.md).
#ifndef EXCISE_EXPERIMENT_SWEEP_VARIANTS_RESULTS_H_
#define EXCISE_EXPERIMENT_SWEEP_VARIANTS_RESULTS_H_

#include <string>

#include "experiment/common/json_values.h"
#include "experiment/sweep/summary.h"
#include "io/safetensors_writer.h"

namespace excise {

// `variants` of a layer in results.json.
Json variants_json(const VariantsSummary& variants);

// variants.csv: a row for each layer and variant.
std::string variants_csv(const Summary& summary);

// delta_logprob_keep_only [layers, tokens] and so on.
void add_variants(TensorWriter& writer, const SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_VARIANTS_RESULTS_H_
