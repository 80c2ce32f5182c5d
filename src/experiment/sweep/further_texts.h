// The texts of a sweep beside its first one, several to a pass.
#ifndef EXCISE_EXPERIMENT_SWEEP_FURTHER_TEXTS_H_
#define EXCISE_EXPERIMENT_SWEEP_FURTHER_TEXTS_H_

#include "core/error.h"
#include "core/progress.h"
#include "experiment/sweep/sweep.h"
#include "experiment/sweep/sweep_plan.h"
#include "model/model.h"

namespace excise {

// Adds what plan.further found, in its order, to result.further_texts, with
// the edits to result.audit and the time to result.timings. Each text has the
// numbers that it has alone, up to rounding. Errors: those of the executors
// and of edit_layer(), naming the text.
Status sweep_further_texts(const Model& model, const SweepPlan& plan,
                           const Progress& progress, SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_FURTHER_TEXTS_H_
