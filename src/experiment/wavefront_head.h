// What the clean run predicts, and what the branches do to it, over blocks of
// the vocabulary.
#ifndef EXCISE_EXPERIMENT_WAVEFRONT_HEAD_H_
#define EXCISE_EXPERIMENT_WAVEFRONT_HEAD_H_

#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/branch.h"
#include "experiment/spec.h"
#include "model/weights.h"

namespace excise {

// Tokens of the vocabulary worked on together.
constexpr size_t kVocabularyBlock = 4096;

// Memory that compare_predictions takes beside its arguments, at most.
size_t head_bytes(size_t tokens, size_t d_model);

// clean: [tokens, d_model] after ln_final; differences: [branches * tokens,
// d_model], edited - clean. Fills logprob, logit and top1 of `clean_run`, and
// delta_logprob, delta_logit, kl and top1_changed of `effects`, one for each
// branch; `requested` of both for the requests. Errors: bad_file when a clean
// logit is not finite, interrupted.
Status compare_predictions(const Weights& weights, std::span<const int> ids,
                           std::span<const PredictionRequest> requests,
                           MatrixView<const float> clean,
                           MatrixView<const float> differences, Compute compute,
                           const Progress& progress, CleanRun& clean_run,
                           std::span<BranchEffect> effects);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_WAVEFRONT_HEAD_H_
