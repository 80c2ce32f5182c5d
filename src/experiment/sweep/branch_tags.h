// What the branches of a sweep are.
#ifndef EXCISE_EXPERIMENT_SWEEP_BRANCH_TAGS_H_
#define EXCISE_EXPERIMENT_SWEEP_BRANCH_TAGS_H_

#include "run/branch.h"

namespace excise::sweep_branch {

// Components K removed and the mean exchanged, A'.
inline constexpr BranchTag kRemoval{"removal"};
// K = {}, the mean exchanged alone.
inline constexpr BranchTag kEmpty{.name = "empty", .is_checked = false};
// Components K removed alone.
inline constexpr BranchTag kRemoved{.name = "removed", .is_checked = false};
// No edit at all, the audit.
inline constexpr BranchTag kNoOp{.name = "no_op", .is_checked = false};
// Several layers edited.
inline constexpr BranchTag kTogether{.name = "together", .is_checked = false};
// Something else of the same kind, other components removed, and variants of
// the removal. They are many,
// so their states are not measured token by token.
inline constexpr BranchTag kControl{"control", false, false};
inline constexpr BranchTag kScan{"scan", false, false};
inline constexpr BranchTag kVariant{"variant", false, false};
inline constexpr BranchTag kConstant{"constant", false, false};
// Random directions at another place.
inline constexpr BranchTag kElsewhere{"elsewhere", false, false};
// The other text of a swap in place of this one, from the first layer on.
inline constexpr BranchTag kOtherText{"other_text", false, false};

}  // namespace excise::sweep_branch

#endif  // EXCISE_EXPERIMENT_SWEEP_BRANCH_TAGS_H_
