// From scores of prompts to effects: over prompts, over groups, and as flips
// (docs/method.md, section 11).
#ifndef EXCISE_EXPERIMENT_TASK_TASK_EFFECTS_H_
#define EXCISE_EXPERIMENT_TASK_TASK_EFFECTS_H_

#include <span>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/sweep/sweep_plan.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_sweep.h"

namespace excise {

// Flips of the scores of the same prompts.
TaskFlips flips_of(std::span<const TaskScore> clean,
                   std::span<const TaskScore> edited);

// Which prompts are tested, and all that follows from their scores, which have
// all branches of the plan and keep the removals afterwards. shares: of the
// variance that is removed, [layers][texts], %. Error: bad_input where no
// prompt is left to test.
Status take_effects(std::span<const TaskRow> rows, const SweepPlan& plan,
                    const std::vector<std::vector<double>>& shares,
                    const Progress& progress, TaskSweep& sweep);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_EFFECTS_H_
