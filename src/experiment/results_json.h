// results.json of a result folder (docs/formats.md), schema "excise.results/2".
#ifndef EXCISE_EXPERIMENT_RESULTS_JSON_H_
#define EXCISE_EXPERIMENT_RESULTS_JSON_H_

#include <string>

#include "experiment/summary.h"
#include "experiment/sweep.h"
#include "model/model.h"

namespace excise {

// What neither the model nor the result knows.
struct Provenance {
  std::string program_version;
  std::string model_name;   // without the folders above it
  double load_seconds = 0;  // to open the model and read the text
};

// Valid JSON whatever the numbers (NaN and infinity become null) and tokens
// (bytes that are no UTF-8 are replaced). Two runs differ only in
// manifest.timings.
std::string results_json(const Model& model, const SweepResult& result,
                         const Summary& summary, const Provenance& provenance);

// The token's text, empty when the model has no tokenizer.
std::string token_piece(const Model& model, int id);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_RESULTS_JSON_H_
