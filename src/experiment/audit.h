// Whether what branches say can be trusted.
#ifndef EXCISE_EXPERIMENT_AUDIT_H_
#define EXCISE_EXPERIMENT_AUDIT_H_

#include <cstddef>
#include <string_view>

#include "core/error.h"
#include "experiment/sweep.h"

namespace excise {

// A branch without an edit may differ from the clean run by this much in log p.
inline constexpr double kNoOpTolerance = 1e-4;

// What every experiment counts of its branches.
struct BranchAudit {
  // Of branches without an edit, against the clean run; nats.
  double no_op_max_abs_delta_logprob = 0;
  size_t edits_expected = 0, edits_fired = 0;
};

// where: the experiment, for messages. Error internal when a branch without an
// edit is not the clean run, or when not every edit was applied.
Status check_branches(const BranchAudit& audit, std::string_view where);

// NaN and infinity among the effects of all branches and texts.
size_t count_non_finite(const SweepResult& result);

// Error internal when the branch without an edit is not the clean run, or when
// not every edit was applied.
Status check_audit(const SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_AUDIT_H_
