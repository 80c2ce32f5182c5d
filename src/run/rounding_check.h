// How much bfloat16 products of differences changed the effects: a sample of
// branches, or all, run again in float32.
#ifndef EXCISE_RUN_ROUNDING_CHECK_H_
#define EXCISE_RUN_ROUNDING_CHECK_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "run/branch_audit.h"
#include "run/executor.h"

namespace excise {

// The branch with the longest way to the end and the one in the middle: two
// branches, or the only one. candidates: indices of branches, ascending layers.
std::vector<size_t> rounding_sample(std::span<const size_t> candidates);
// Indices of what is to run in float32 too, of `branches` in all.
std::vector<size_t> rounding_check(CheckRounding check,
                                   std::span<const size_t> candidates,
                                   size_t branches);

RoundingError compare_rounding(size_t layer, const BranchEffect& f32,
                               const BranchEffect& bf16);

}  // namespace excise

#endif  // EXCISE_RUN_ROUNDING_CHECK_H_
