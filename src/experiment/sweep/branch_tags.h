// What the branches of a sweep are.
#ifndef EXCISE_EXPERIMENT_SWEEP_BRANCH_TAGS_H_
#define EXCISE_EXPERIMENT_SWEEP_BRANCH_TAGS_H_

#include "run/branch.h"

namespace excise::sweep_branch {

// Components K removed and the mean exchanged, A'.
inline constexpr BranchTag kRemoval{"removal"};
// K = {}, the mean exchanged alone.
inline constexpr BranchTag kEmpty{"empty"};
// Components K removed alone.
inline constexpr BranchTag kRemoved{"removed"};
// No edit at all, the audit.
inline constexpr BranchTag kNoOp{.name = "no_op", .is_edited = false};
// Several layers edited.
inline constexpr BranchTag kTogether{"together"};
// Something else of the same kind, and other components removed. They are many,
// so their states are not measured token by token.
inline constexpr BranchTag kControl{.name = "control", .keeps_drift = false};
inline constexpr BranchTag kScan{.name = "scan", .keeps_drift = false};

}  // namespace excise::sweep_branch

#endif  // EXCISE_EXPERIMENT_SWEEP_BRANCH_TAGS_H_
