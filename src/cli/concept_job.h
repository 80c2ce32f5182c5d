// A concept from its spec to its folder, for `concept` and `run`.
#ifndef EXCISE_CLI_CONCEPT_JOB_H_
#define EXCISE_CLI_CONCEPT_JOB_H_

#include "cli/result_job.h"
#include "core/error.h"
#include "experiment/concept/concept_spec.h"

namespace excise {

Status run_job(const ConceptSpec& spec, const ResultOptions& output);

}  // namespace excise

#endif  // EXCISE_CLI_CONCEPT_JOB_H_
