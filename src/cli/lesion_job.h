// What lesion and run have in common.
#ifndef EXCISE_CLI_LESION_JOB_H_
#define EXCISE_CLI_LESION_JOB_H_

#include "cli/result_job.h"
#include "core/error.h"
#include "experiment/lesion/lesion_spec.h"

namespace excise {

// Prints the laminar profile and the summary, or results.json.
Status run_job(const LesionSpec& spec, const ResultOptions& output);

}  // namespace excise

#endif  // EXCISE_CLI_LESION_JOB_H_
