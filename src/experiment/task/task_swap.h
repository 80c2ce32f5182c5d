// What a subspace carries of the difference between a task's prompts and their
// counterparts (docs/method.md, section "Tasks").
#ifndef EXCISE_EXPERIMENT_TASK_TASK_SWAP_H_
#define EXCISE_EXPERIMENT_TASK_TASK_SWAP_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/common/mean_test.h"
#include "experiment/sweep/spec.h"
#include "experiment/sweep/sweep_plan.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_ids.h"
#include "experiment/task/task_pairs.h"
#include "experiment/task/task_scores.h"
#include "math/statistics/ratio_interval.h"
#include "model/model.h"
#include "run/branch_audit.h"

namespace excise {

// What Spec::swap is where each prompt has its own text to swap with.
inline constexpr std::string_view kCounterparts = "counterparts";

// Tested prompts: all, or those of one group. A unit is the prompts of the same
// two texts, each the other's counterpart, and has the mean over them.
struct TaskSwapGroup {
  std::string name = {};
  size_t prompts = 0;
  // Metric of the prompt - that of its counterpart, nats; over units.
  MeanTest whole = {};
};

// Of a group at one layer.
struct TaskSwapEffect {
  // Metric of the prompt - that under the swap, nats; over units.
  MeanTest test = {};
  std::optional<double> sign_flip = {};  // p
  // mean(test) / mean(whole): the share that the swap carries over.
  RatioOfMeans share = {};
  // Metric of the prompt - that without the subspace, over the same units.
  std::optional<double> removed = {};
  size_t turned = 0;  // prompts whose foil is the likelier one under the swap
};

struct TaskSwapLayer {
  size_t layer = 0;
  TaskSwapEffect effect = {};
  std::vector<TaskSwapEffect> groups = {};  // as TaskSwap::groups
  // Of all pairs: solved before and not under the swap, and the other way
  // round.
  size_t lost = 0, gained = 0;
};

struct TaskSwap {
  TaskPairs pairs = {};
  std::vector<TaskScore> clean = {};        // [pairs] of the prompts
  std::vector<TaskScore> counterpart = {};  // [pairs] of the counterparts
  std::vector<std::vector<TaskScore>> swapped = {};  // [layers][pairs]
  std::vector<bool> tested = {};                     // [pairs]
  TaskSwapGroup all = {};
  // By name, with a tested pair or not; empty where there are none.
  std::vector<TaskSwapGroup> groups = {};
  std::vector<TaskSwapLayer> by_layer = {};
};

// What a swap takes from the sweep that it stands beside.
struct TaskSwapInput {
  const Model& model;
  const TextPlanner& planner;  // of a spec without a swap
  const Spec& spec;
  std::span<const size_t> layers;
  std::span<const TaskRow> rows;
  const TaskPrompts& prompts;
  std::span<const std::vector<TaskScore>> removed;  // [layers][prompts]
  bool all_prompts = false;  // tests pairs that are not solved too
};

// Adds its edits to audit. Tested are the pairs of which the clean model solves
// both: the answer is the likelier one behind the prompt, the foil behind the
// counterpart. Errors: those of score_task().
Result<TaskSwap> swap_task(const TaskSwapInput& input, TaskPairs pairs,
                           const Progress& progress, BranchAudit& audit);

// The same from what was measured: sets tested, all, groups and by_layer.
// Errors: those of the tests.
Status test_swap(const TaskSwapInput& input, TaskSwap& swap);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_SWAP_H_
