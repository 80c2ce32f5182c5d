// What sweep, run and reproduce have in common.
#ifndef EXCISE_CLI_SWEEP_JOB_H_
#define EXCISE_CLI_SWEEP_JOB_H_

#include <string>
#include <vector>

#include "cli/result_job.h"
#include "core/error.h"
#include "experiment/sweep/spec.h"

namespace excise {

struct SweepJob {
  Spec spec;
  // Where spec has neither text nor ids, the bundled model takes its own text
  // and others this one; without it, that is an error.
  std::string default_text;
  std::string name;  // of the default folder; empty: that of the spec
  ResultOptions output;
};

// What to say before of controls with too few draws; "" where there are enough.
std::string few_draws_notes(const std::vector<ControlRequest>& controls);

// Prints the table and the summary, or results.json.
Status run_sweep_job(const SweepJob& job);

// The same of an experiment file.
Status run_job(const Spec& spec, const ResultOptions& output);

}  // namespace excise

#endif  // EXCISE_CLI_SWEEP_JOB_H_
