// Whether a sweep can be trusted.
#ifndef EXCISE_EXPERIMENT_AUDIT_H_
#define EXCISE_EXPERIMENT_AUDIT_H_

#include <cstddef>

#include "core/error.h"
#include "experiment/sweep.h"

namespace excise {

// A branch without an edit may differ from the clean run by this much in log p.
inline constexpr double kNoOpTolerance = 1e-4;

// NaN and infinity among the effects of all branches.
size_t count_non_finite(const SweepResult& result);

// Error internal when the branch without an edit is not the clean run, or when
// not every edit was applied.
Status check_audit(const SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_AUDIT_H_
