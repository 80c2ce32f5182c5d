// sweep --task: what a removal costs prompts with right and wrong answers.
#ifndef EXCISE_CLI_TASK_JOB_H_
#define EXCISE_CLI_TASK_JOB_H_

#include <string>

#include "cli/sweep_job.h"
#include "core/error.h"

namespace excise {

struct TaskJob {
  std::string file;
  bool all_prompts = false;
};

// Prints a table by layer, or results.json. The folder has no report yet.
// Errors: those of reading the file, check_task_spec() and sweep_task().
Status run_task_job(const SweepJob& sweep, const TaskJob& task);

}  // namespace excise

#endif  // EXCISE_CLI_TASK_JOB_H_
