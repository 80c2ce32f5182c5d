// The result folder of a concept (docs/formats.md): results.json, concept.csv,
// basis.safetensors, off.toml and on.toml, experiment.toml.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RESULTS_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RESULTS_H_

#include <string>

#include "core/error.h"
#include "experiment/common/provenance.h"
#include "experiment/concept/concept_run.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {

inline constexpr const char* kConceptBasisFile = "basis.safetensors";

// Into the folder's hidden place; commit() makes it appear. Gives the content
// of results.json. Errors: io, out_of_memory.
Result<std::string> write_concept_results(const OutputFolder& folder,
                                          const Model& model,
                                          const ConceptResult& result,
                                          const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RESULTS_H_
