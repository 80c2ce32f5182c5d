#include "run/branch_audit.h"

#include <string>

namespace excise {

Status check_branches(const BranchAudit& audit, std::string_view where,
                      std::optional<size_t> no_op_layer) {
  if (audit.edits_fired != audit.edits_expected) {
    return fail(ErrorCode::kInternal,
                {.where = where,
                 .subject = "edits",
                 .expected = std::to_string(audit.edits_expected),
                 .found = std::to_string(audit.edits_fired)});
  }
  // Written so that NaN fails too.
  if (!(audit.no_op_max_abs_delta_logprob <= kNoOpTolerance)) {
    return fail(ErrorCode::kInternal,
                {.where = where,
                 .subject = no_op_layer ? "a branch without an edit at layer " +
                                              std::to_string(*no_op_layer)
                                        : "a branch without an edit",
                 .expected = "the clean run",
                 .found = "another by " +
                          std::to_string(audit.no_op_max_abs_delta_logprob) +
                          " in log p",
                 .hint = "the results would be wrong; --executor naive may "
                         "do"});
  }
  return {};
}

}  // namespace excise
