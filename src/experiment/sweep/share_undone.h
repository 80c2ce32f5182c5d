// How much of what a removal costs the exchange of means undoes.
#ifndef EXCISE_EXPERIMENT_SWEEP_SHARE_UNDONE_H_
#define EXCISE_EXPERIMENT_SWEEP_SHARE_UNDONE_H_

#include <span>

#include "core/error.h"
#include "experiment/sweep/summary.h"

namespace excise {

// preset, removed: effects of the two cells at the same tokens; test: of
// `removed`. Errors: bad_input for lengths that differ.
Result<ShareUndone> share_undone(std::span<const double> preset,
                                 std::span<const double> removed,
                                 const MeanTest& test);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SHARE_UNDONE_H_
