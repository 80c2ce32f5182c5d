// Writes a result folder: results.json, layers.csv, tokens.csv,
// arrays.safetensors and experiment.toml.
#ifndef EXCISE_EXPERIMENT_SWEEP_RESULTS_WRITER_H_
#define EXCISE_EXPERIMENT_SWEEP_RESULTS_WRITER_H_

#include <string>

#include "core/error.h"
#include "experiment/sweep/results_json.h"
#include "experiment/sweep/summary.h"
#include "experiment/sweep/sweep.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {

// Into the folder's hidden place; commit() makes it appear. Gives the content
// of results.json. Errors: io, out_of_memory.
Result<std::string> write_results(const OutputFolder& folder,
                                  const Model& model, const SweepResult& result,
                                  const Summary& summary,
                                  const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_RESULTS_WRITER_H_
