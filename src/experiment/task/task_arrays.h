// What a task's prompts did at each layer, as arrays (docs/formats.md).
#ifndef EXCISE_EXPERIMENT_TASK_TASK_ARRAYS_H_
#define EXCISE_EXPERIMENT_TASK_TASK_ARRAYS_H_

#include <span>

#include "experiment/task/task_file.h"
#include "experiment/task/task_sweep.h"
#include "io/safetensors.h"

namespace excise {

// rows: of the task's file. P prompts that were measured, n layers.
TensorWriter task_arrays(std::span<const TaskRow> rows, const TaskSweep& sweep);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_ARRAYS_H_
