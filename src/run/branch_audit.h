// Whether what branches say can be trusted, of any experiment.
#ifndef EXCISE_RUN_BRANCH_AUDIT_H_
#define EXCISE_RUN_BRANCH_AUDIT_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

// A branch without an edit may differ from the clean run by this much in log p.
inline constexpr double kNoOpTolerance = 1e-4;

// Of one branch, over delta_logprob of its tokens and what was requested, in
// nats.
struct RoundingError {
  size_t layer = 0;
  double rms_effect = 0;  // in float32
  double rms_error = 0;   // bfloat16 - float32
  // 0 where there is no effect.
  double relative() const {
    return rms_effect == 0 ? 0 : rms_error / rms_effect;
  }
};

// What every experiment counts of its branches.
struct BranchAudit {
  // Of branches without an edit, against the clean run; nats.
  double no_op_max_abs_delta_logprob = 0;
  size_t edits_expected = 0, edits_fired = 0;
  std::vector<RoundingError> rounding = {};  // of a sample; empty in float32
};

// where: the experiment, and no_op_layer: of the one branch without an edit,
// for messages. Error internal when a branch without an edit is not the clean
// run, or when not every edit was applied.
Status check_branches(const BranchAudit& audit, std::string_view where,
                      std::optional<size_t> no_op_layer = std::nullopt);

}  // namespace excise

#endif  // EXCISE_RUN_BRANCH_AUDIT_H_
