// A task as a model reads it, before anything is removed: the ids, what is
// solved, what is refused and why.
#ifndef EXCISE_EXPERIMENT_TASK_TASK_LISTING_H_
#define EXCISE_EXPERIMENT_TASK_TASK_LISTING_H_

#include <cstddef>
#include <map>
#include <string>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_ids.h"
#include "experiment/task/task_scores.h"
#include "model/model.h"

namespace excise {

struct TaskListing {
  TaskFile file = {};
  TaskPrompts prompts = {};
  TaskScores scores = {};  // clean alone
};

struct TaskCount {
  size_t solved = 0, prompts = 0;
};

// Errors: those of task_prompts() and of score_task().
Result<TaskListing> list_task(const Model& model, TaskFile file,
                              const Progress& progress);

// Of the prompts that were measured, by group; those without one under "".
std::map<std::string, TaskCount> groups_of(const TaskListing& task);
TaskCount all_of(const TaskListing& task);

// What `excise task --json` prints (docs/formats.md, schema excise.task/1).
// model: that listed it.
std::string task_listing_json(const Model& model, const TaskListing& task);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_LISTING_H_
