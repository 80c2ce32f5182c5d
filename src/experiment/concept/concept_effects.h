// What edits of a concept do in one text, all at once.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EFFECTS_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EFFECTS_H_

#include <span>
#include <vector>

#include "core/error.h"
#include "experiment/concept/concept_run.h"
#include "model/architecture/hooks.h"
#include "run/branch.h"

namespace excise {

// One edit at one layer; borrows the basis.
struct ConceptBranch {
  size_t layer = 0;
  const Decomposition* basis = nullptr;
  ConceptSwitch way = ConceptSwitch::kOff;
  double alpha = 1;
};

// delta: [tokens, width], 0 at tokens that are not switched. Off: -alpha codes
// atoms. On: alpha times the mean codes of the tokens with the concept, times
// atoms. Errors: those of removal_change; unsupported for a basis without the
// means of its classes.
Status concept_change(const ConceptBranch& edit, const Positions& positions,
                      MatrixView<const float> value, MatrixView<float> delta);

// Positions whose token an edit of these positions can change.
std::vector<size_t> reached_tokens(const Positions& positions, size_t tokens);

// Change of log-probabilities in one text, clean - edited. The words': of the
// probability that one of them comes next, mean over positions from 1 on,
// [edits]; NaN where no words are asked for. next_token: of the tokens that
// come, [edits][tokens].
struct TextEffect {
  std::vector<double> own_words, control_words;
  std::vector<std::vector<double>> next_token;
  std::vector<double> clean_next_token;  // [tokens] their log p, clean
};

// edits: in ascending order of their layers, at `point`. One more branch edits
// nothing, and goes into `audit` with the number of edits.
Result<TextEffect> measure_text(const Model& model, const ConceptSpec& spec,
                                HookPoint point,
                                std::span<const ConceptBranch> edits,
                                std::span<const int> ids,
                                std::span<const int> words,
                                std::span<const int> control_words,
                                const Progress& progress, BranchAudit& audit);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EFFECTS_H_
