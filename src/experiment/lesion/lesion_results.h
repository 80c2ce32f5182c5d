// The result folder of a t-lesion (docs/formats.md): results.json, laminar.csv,
// lesions.csv, arrays.safetensors and experiment.toml.
#ifndef EXCISE_EXPERIMENT_LESION_LESION_RESULTS_H_
#define EXCISE_EXPERIMENT_LESION_LESION_RESULTS_H_

#include <string>

#include "core/error.h"
#include "experiment/common/provenance.h"
#include "experiment/lesion/lesion.h"
#include "io/output_folder.h"
#include "io/safetensors.h"
#include "model/model.h"

namespace excise {

// Row i of what has one row a layer belongs to result.layers[i].
TensorWriter lesion_arrays(const LesionResult& result);

// One row a layer; one row a test, layer and group.
std::string laminar_csv(const LesionResult& result);
std::string lesions_csv(const LesionResult& result);

// Into the folder's hidden place; commit() makes it appear. Gives the content
// of results.json. Errors: io, out_of_memory.
Result<std::string> write_lesion_results(const OutputFolder& folder,
                                         const Model& model,
                                         const LesionResult& result,
                                         const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_LESION_RESULTS_H_
