// A swap with counterparts in the files of a task (docs/formats.md).
#ifndef EXCISE_EXPERIMENT_TASK_TASK_SWAP_RESULTS_H_
#define EXCISE_EXPERIMENT_TASK_TASK_SWAP_RESULTS_H_

#include <span>
#include <string>
#include <vector>

#include "experiment/common/json_values.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_ids.h"
#include "experiment/task/task_scores.h"
#include "experiment/task/task_swap.h"

namespace excise {

inline constexpr const char* kTaskSwapFile = "task_swap.csv";

// The key `swap` of results.json.
Json task_swap_json(const TaskSwap& swap);

// task_swap.csv: a row for each pair and layer. rows, prompts, removed: as of
// TaskSwapInput.
std::string task_swap_csv(const TaskSwap& swap, std::span<const TaskRow> rows,
                          const TaskPrompts& prompts,
                          std::span<const std::vector<TaskScore>> removed);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_SWAP_RESULTS_H_
