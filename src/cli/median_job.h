// What median and run have in common.
#ifndef EXCISE_CLI_MEDIAN_JOB_H_
#define EXCISE_CLI_MEDIAN_JOB_H_

#include "cli/result_job.h"
#include "core/error.h"
#include "experiment/median/median_spec.h"

namespace excise {

// Where spec has neither prompt nor target, the bundled model takes its own.
// Prints the table and the summary, or results.json.
Status run_job(const MedianSpec& spec, const ResultOptions& output);

}  // namespace excise

#endif  // EXCISE_CLI_MEDIAN_JOB_H_
