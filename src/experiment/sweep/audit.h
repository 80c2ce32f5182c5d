// Whether what the branches of a sweep say can be trusted.
#ifndef EXCISE_EXPERIMENT_SWEEP_AUDIT_H_
#define EXCISE_EXPERIMENT_SWEEP_AUDIT_H_

#include <cstddef>

#include "core/error.h"
#include "experiment/sweep/sweep.h"

namespace excise {

// NaN and infinity among the effects of all branches and texts.
size_t count_non_finite(const SweepResult& result);

// Error internal when the branch without an edit is not the clean run, or when
// not every edit was applied.
Status check_audit(const SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_AUDIT_H_
