// A concept's edit along random directions of the same size.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_DRAWS_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_DRAWS_H_

#include <memory>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "experiment/concept/concept_measure.h"
#include "experiment/concept/concept_tokens.h"
#include "intervention/controls.h"
#include "intervention/linear_basis.h"

namespace excise {

// The same codes, along random directions of the space in the place of the
// atoms: every token's change keeps its size, every two tokens' changes their
// inner product. Error bad_input where the space has fewer dimensions than the
// atoms.
Result<std::shared_ptr<const Decomposition>> with_random_atoms(
    const LinearParts& parts, const ActivationSpace& space, Random& random);

// The draws' effects and the ps of the real one among them.
ConceptDraws judge_draws(const ConceptEffect& real, ConceptSwitch way,
                         std::span<const ConceptEffect> draws);

// spec.random draws in the place of the chosen cell, in the row space of the
// activations that were fitted on, in the texts that report. Errors: those of
// with_random_atoms and measure_concept.
Result<ConceptDraws> draw_concept(const Model& model, HookPoint point,
                                  const EncodedConcept& words,
                                  const ConceptTokens& fitted,
                                  const ConceptChoice& choice,
                                  const Progress& progress,
                                  ConceptResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_DRAWS_H_
