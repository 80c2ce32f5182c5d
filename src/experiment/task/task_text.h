// What was found of a task, in words.
#ifndef EXCISE_EXPERIMENT_TASK_TASK_TEXT_H_
#define EXCISE_EXPERIMENT_TASK_TASK_TEXT_H_

#include <vector>

#include "experiment/common/passages.h"
#include "experiment/task/task_sweep.h"

namespace excise {

// "log p(answer | prompt) - log p(foil | prompt)", or what takes its place.
std::string metric_words(const TaskSweep& sweep);

std::vector<Passage> task_passages(const TaskSweep& sweep);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_TEXT_H_
