#include "experiment/audit.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace excise {
namespace {

size_t count_in(const BranchEffect& effect) {
  size_t count = 0;
  for (const auto* series : {&effect.delta_logprob, &effect.delta_logit,
                             &effect.kl, &effect.drift}) {
    count += static_cast<size_t>(
        std::count_if(series->begin(), series->end(),
                      [](double value) { return !std::isfinite(value); }));
  }
  return count;
}

}  // namespace

Status check_branches(const BranchAudit& audit, std::string_view where) {
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
                 .subject = "a branch without an edit",
                 .expected = "the clean run",
                 .found = "another by " +
                          std::to_string(audit.no_op_max_abs_delta_logprob) +
                          " in log p",
                 .hint = "the results would be wrong; --executor naive may "
                         "do"});
  }
  return {};
}

size_t count_non_finite(const SweepResult& result) {
  size_t count = 0;
  for (const LayerFindings& findings : result.findings) {
    count += count_in(findings.removal);
    if (findings.removed) count += count_in(*findings.removed);
    if (findings.empty) count += count_in(*findings.empty);
  }
  return count;
}

Status check_audit(const SweepResult& result) {
  const Audit& audit = result.audit;
  if (audit.edits_fired != audit.edits_expected) {
    return fail(ErrorCode::kInternal,
                {.where = "audit",
                 .subject = "edits",
                 .expected = std::to_string(audit.edits_expected),
                 .found = std::to_string(audit.edits_fired)});
  }
  // Written so that NaN fails too.
  if (!(audit.no_op_max_abs_delta_logprob <= kNoOpTolerance)) {
    return fail(
        ErrorCode::kInternal,
        {.where = "audit",
         .subject = "a branch without an edit at layer " +
                    std::to_string(audit.no_op_layer),
         .expected = "the clean run",
         .found = "another by " +
                  std::to_string(audit.no_op_max_abs_delta_logprob) +
                  " in log p",
         .hint = "the results would be wrong; --executor naive may do"});
  }
  return {};
}

}  // namespace excise
