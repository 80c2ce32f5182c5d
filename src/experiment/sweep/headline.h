// The counts of a sweep that the terminal, the summary and the report share.
#ifndef EXCISE_EXPERIMENT_SWEEP_HEADLINE_H_
#define EXCISE_EXPERIMENT_SWEEP_HEADLINE_H_

#include <vector>

#include "core/error.h"
#include "experiment/sweep/summary.h"

namespace excise {

// layers: with all tests done and q set; what controls need of all layers at
// once is set in them. Errors: those of compare_over_layers().
Result<Headline> headline_of(std::vector<LayerSummary>& layers);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_HEADLINE_H_
