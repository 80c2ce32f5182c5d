// Runs the branches of any experiment by its options.
#ifndef EXCISE_RUN_RUN_BRANCHES_H_
#define EXCISE_RUN_RUN_BRANCHES_H_

#include <string_view>

#include "core/error.h"
#include "core/progress.h"
#include "run/branch_audit.h"
#include "run/executor.h"
#include "run/run_options.h"

namespace excise {

// Where products are rounded, a sample of the branches runs in float32 too and
// goes to audit.rounding. where: the experiment, for messages. Errors: those of
// the executors and of resolve_compute().
Result<ExecutorOutput> run_branches(const ExecutorInput& input,
                                    const RunOptions& options,
                                    std::string_view where,
                                    const Progress& progress,
                                    BranchAudit& audit);

}  // namespace excise

#endif  // EXCISE_RUN_RUN_BRANCHES_H_
