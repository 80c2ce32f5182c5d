// What a concept's edits do in a text, all layers and strengths at once.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EFFECTS_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EFFECTS_H_

#include <span>
#include <vector>

#include "core/error.h"
#include "experiment/branch.h"
#include "experiment/concept/concept_run.h"
#include "model/hooks.h"

namespace excise {

// delta: [tokens, width] = the edit of `way` with this strength, 0 at tokens
// that are not switched. Off: -alpha codes atoms. On: alpha times the mean
// codes of the tokens with the concept, times atoms. Errors: those of
// removal_change; unsupported for a basis without the means of its classes.
Status concept_change(const Decomposition& basis, ConceptSwitch way,
                      double alpha, const Positions& positions,
                      MatrixView<const float> value, MatrixView<float> delta);

// Change of log-probabilities in one text, clean - edited, [branches]; means:
// of words over positions from 1 on, of the next token over those that an edit
// can reach.
struct TextEffect {
  std::vector<double> own_words, control_words, next_token;
  double clean_next_token = 0;  // mean log p of the tokens that come
};

// Branches: for each layer its cells in their order, at `point`, and one
// without an edit, which goes into `audit` with the number of edits.
Result<TextEffect> measure_text(const Model& model, const ConceptSpec& spec,
                                HookPoint point,
                                std::span<const LayerConcept> layers,
                                std::span<const int> ids,
                                std::span<const int> words,
                                std::span<const int> control_words,
                                const Progress& progress, BranchAudit& audit);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EFFECTS_H_
