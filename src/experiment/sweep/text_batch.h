// Several texts of a sweep in one pass over the layers.
#ifndef EXCISE_EXPERIMENT_SWEEP_TEXT_BATCH_H_
#define EXCISE_EXPERIMENT_SWEEP_TEXT_BATCH_H_

#include <cstddef>
#include <functional>
#include <span>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/sweep/layer_editor.h"
#include "experiment/sweep/sweep_plan.h"
#include "model/model.h"
#include "run/branch_audit.h"
#include "run/executor.h"
#include "run/text_rows.h"

namespace excise {

// Tokens of a pass: enough for products at full rate where few branches are
// alive yet. A longer text has a pass of its own.
inline constexpr size_t kBatchTokens = 1024;

// Told of each text and layer once its edits are made.
using TakeEdited =
    std::function<void(size_t text, size_t layer, MatrixView<const float> value,
                       const LayerEditor&)>;

// What a pass found; rows: whose rows are whose.
struct BatchOutput {
  TextRows rows;
  ExecutorOutput output;
};

// The texts of these plans, whose branches are the same. Each has the numbers
// that it has alone, up to rounding. Adds the edits to audit. Errors: those of
// the executors and of edit_layer().
Result<BatchOutput> sweep_batch(const Model& model,
                                std::span<const SweepPlan> plans,
                                const Progress& progress, BranchAudit& audit,
                                const TakeEdited& take = {});

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_TEXT_BATCH_H_
