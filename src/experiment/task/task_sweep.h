// What a removal at each layer costs a task (docs/method.md, section 7).
#ifndef EXCISE_EXPERIMENT_TASK_TASK_SWEEP_H_
#define EXCISE_EXPERIMENT_TASK_TASK_SWEEP_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/common/mean_test.h"
#include "experiment/sweep/spec.h"
#include "experiment/sweep/summary.h"
#include "experiment/sweep/sweep.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_ids.h"
#include "experiment/task/task_scores.h"
#include "experiment/task/task_swap.h"
#include "model/model.h"
#include "run/branch_audit.h"

namespace excise {

// Solved before and not after, and the other way round.
struct TaskFlips {
  size_t lost = 0, gained = 0;
  std::optional<double> mcnemar_p = {};  // absent without a flip
};

// Of the tested prompts of one group.
struct TaskEffect {
  MeanTest test;                         // clean - edited metric, nats
  std::optional<double> sign_flip = {};  // p
};

// What the effects of TaskSweep::over_prompts do not say.
struct TaskLayer {
  size_t layer = 0;
  size_t solved_after = 0;              // of all prompts that were measured
  TaskFlips flips = {};                 // the same
  std::vector<TaskEffect> groups = {};  // as TaskSweep::groups
};

struct TaskGroup {
  std::string name;
  size_t prompts = 0, tested = 0;
};

struct TaskSweep {
  Spec spec;  // as it was resolved
  bool all_prompts = false;
  std::string basis_source;  // "corpus", "class files", "file"
  TaskPrompts prompts;
  std::vector<size_t> layers;
  TaskScores scores;         // edited: [layers], the removal
  std::vector<bool> tested;  // [prompts]
  size_t solved_before = 0;

  // Of all prompts or of none.
  bool has_foils() const { return !prompts.prompts.front().foil.empty(); }

  std::vector<TaskGroup> groups;  // by name; empty where there are none
  std::vector<TaskLayer> by_layer;
  // The tested prompts, each an entry: its effect is clean - edited metric.
  SweepResult over_prompts;
  Summary summary;               // of over_prompts
  std::optional<TaskSwap> swap;  // of --swap counterparts
  BranchAudit audit;
};

// Refuses what a task is not swept with yet, by name, and a basis of the
// prompt's own few tokens. Error bad_input, or unsupported.
Status check_task_spec(const Spec& spec);

// spec: of the removal; its text is not read. all_prompts: tests all of them,
// not only those that the clean model solves. Errors: those of
// check_task_spec(), of fitting and of running; bad_input where some prompts
// have a foil and others have none, and where no prompt is left to test.
Result<TaskSweep> sweep_task(const Model& model, const Spec& spec,
                             std::span<const TaskRow> rows, bool all_prompts,
                             const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_SWEEP_H_
