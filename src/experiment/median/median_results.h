// The result folder of a median replacement (docs/formats.md): results.json,
// median.csv, arrays.safetensors and experiment.toml.
#ifndef EXCISE_EXPERIMENT_MEDIAN_MEDIAN_RESULTS_H_
#define EXCISE_EXPERIMENT_MEDIAN_MEDIAN_RESULTS_H_

#include <string>

#include "core/error.h"
#include "experiment/common/provenance.h"
#include "experiment/median/median.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {

// Into the folder's hidden place; commit() makes it appear. Gives the content
// of results.json. Errors: io, out_of_memory.
Result<std::string> write_median_results(const OutputFolder& folder,
                                         const Model& model,
                                         const MedianResult& result,
                                         const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_MEDIAN_MEDIAN_RESULTS_H_
