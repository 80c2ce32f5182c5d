#include "run/branch.h"

namespace excise {

std::string_view branch_kind_name(BranchKind kind) {
  switch (kind) {
    case BranchKind::kRemoval:
      return "removal";
    case BranchKind::kEmpty:
      return "empty";
    case BranchKind::kRemoved:
      return "removed";
    case BranchKind::kNoOp:
      return "no_op";
    case BranchKind::kControl:
      return "control";
    case BranchKind::kScan:
      return "scan";
    case BranchKind::kTogether:
      return "together";
  }
  return "no_op";
}

}  // namespace excise
