// What the clean run predicts, and what the branches do to it, over blocks of
// the vocabulary.
#ifndef EXCISE_RUN_WAVEFRONT_HEAD_H_
#define EXCISE_RUN_WAVEFRONT_HEAD_H_

#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "run/branch.h"
#include "run/executor.h"
#include "run/text_rows.h"

namespace excise {

// Memory that compare_predictions takes beside its arguments, at most.
size_t head_bytes(size_t tokens, size_t d_model);

// Rows to compare with the clean run, and where the results go.
struct ComparedRows {
  MatrixView<const float> differences;  // [branches * tokens, d_model] after
                                        // ln_final, edited - clean
  Compute compute = Compute::kF32;
  std::span<BranchEffect> effects;  // [branches]
};

// clean: [tokens, d_model] after ln_final. Fills logprob, logit and top1 of
// `clean_run`, and delta_logprob, delta_logit, kl, top1 and top1_changed of the
// effects; `requested` of both for the requests of the input. Errors: those of
// check_logits() for the clean run, interrupted.
Status compare_predictions(const ExecutorInput& input, const TextRows& texts,
                           MatrixView<const float> clean,
                           std::span<const ComparedRows> compared,
                           const Progress& progress, CleanRun& clean_run);

}  // namespace excise

#endif  // EXCISE_RUN_WAVEFRONT_HEAD_H_
