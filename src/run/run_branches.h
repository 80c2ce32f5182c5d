// Runs the branches of any experiment by its options.
#ifndef EXCISE_RUN_RUN_BRANCHES_H_
#define EXCISE_RUN_RUN_BRANCHES_H_

#include <functional>
#include <string_view>

#include "core/error.h"
#include "core/progress.h"
#include "run/branch_audit.h"
#include "run/executor.h"
#include "run/run_options.h"

namespace excise {

// Where products are rounded, a sample of the branches runs in float32 too and
// goes to audit.rounding. where: the experiment, for messages.
// first_layer_done: told by the wavefront, for start-up timings. Errors: those
// of the executors and of resolve_compute().
Result<ExecutorOutput> run_branches(
    const ExecutorInput& input, const RunOptions& options,
    std::string_view where, const Progress& progress, BranchAudit& audit,
    std::function<void()> first_layer_done = {});

}  // namespace excise

#endif  // EXCISE_RUN_RUN_BRANCHES_H_
