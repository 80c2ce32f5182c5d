// What edits of a concept do over its texts: means with intervals.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_MEASURE_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_MEASURE_H_

#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "experiment/concept/concept_effects.h"
#include "experiment/concept/concept_texts.h"

namespace excise {

// Some edits in the control text and in texts that choose or report.
struct MeasuredConcept {
  TextEffect control;
  std::vector<TextEffect> effects;  // [texts]; empty of one not measured
};

// `only`: the texts of this use that judge this switch, and no others.
struct TextFilter {
  TextUse use;
  ConceptSwitch way;
};

// Errors: those of measure_text.
Result<MeasuredConcept> measure_concept(
    const Model& model, const ConceptSpec& spec, HookPoint point,
    const EncodedConcept& words, std::span<const ConceptBranch> edits,
    const std::optional<TextFilter>& only, const Progress& progress,
    BranchAudit& audit);

// Tokens of one part of the control text that an edit can change.
std::vector<size_t> control_tokens(const EncodedConcept& words,
                                   const Positions& positions, TextUse use);

// Of edit e, which switches this way, in the texts of one use that judge it.
ConceptEffect effect_of(const MeasuredConcept& measured,
                        const EncodedConcept& words, const Positions& positions,
                        size_t e, const TextFilter& filter);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_MEASURE_H_
