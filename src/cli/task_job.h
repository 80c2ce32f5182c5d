// sweep --task: what a removal costs prompts with right and wrong answers.
#ifndef EXCISE_CLI_TASK_JOB_H_
#define EXCISE_CLI_TASK_JOB_H_

#include "cli/result_job.h"
#include "core/error.h"
#include "experiment/task/task_spec.h"

namespace excise {

// Prints a table by layer, or results.json. The folder has no report yet.
// Errors: those of read_task(), check_task_spec() and measure_task().
Status run_job(const TaskSpec& spec, const ResultOptions& output);

}  // namespace excise

#endif  // EXCISE_CLI_TASK_JOB_H_
