// What a concept is fitted to and probed in: activations of the tokens that are
// in a class.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_TOKENS_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_TOKENS_H_

#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/concept/concept_run.h"
#include "experiment/concept/concept_texts.h"
#include "model/architecture/hooks.h"

namespace excise {

// Of some texts at one layer.
struct ConceptTokens {
  Matrix<float> values;      // [tokens, width]
  std::vector<int> classes;  // [tokens]
  std::vector<int> pairs;    // [tokens]
};

// [sites] of the texts of one kind of use. fit: those that are fitted on, else
// all others. Errors: those of run_forward.
Result<std::vector<ConceptTokens>> collect_tokens(
    const Model& model, std::span<const ConceptText> texts,
    std::span<const HookSite> sites, bool fit, const Progress& progress);

// probe_before, and probe_after of the cells that switch off: each with its own
// alpha, every token switched, and the probe fitted again. Errors: those of
// probe_accuracy.
Status probe_layer(const ConceptTokens& fit, const ConceptTokens& rest,
                   LayerConcept& layer);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_TOKENS_H_
