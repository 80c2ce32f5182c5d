// A concept found in a model, switched off and on, and what else that breaks
// (docs/method.md).
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/concept/concept_samples.h"
#include "experiment/concept/concept_spec.h"
#include "experiment/concept/mean_interval.h"
#include "intervention/basis_file.h"
#include "intervention/edit_spec.h"
#include "model/model.h"
#include "run/branch_audit.h"

namespace excise {

// What an edit does in some texts, nats. own_words, control_words: change of
// the log-probability that the next token is one of them, clean - edited, mean
// over positions, in the texts with the concept for off, without it for on,
// with an interval over those texts: above 0 they become less likely.
// control_text: the same of the token that comes, in one part of the control
// text, with an interval over its tokens.
struct ConceptEffect {
  MeanInterval own_words, control_words, control_text;
};

struct ConceptCell {
  ConceptSwitch way = ConceptSwitch::kOff;
  double alpha = 0;
  ConceptEffect choose, report;  // on the texts of either use
  // Of off: with this alpha, the probe fitted again. On adds the same to every
  // token, which a probe that is fitted again does not see.
  std::optional<double> probe_after;
};

struct LayerConcept {
  size_t layer = 0;
  std::string hook;
  std::shared_ptr<const Decomposition> basis;
  double probe_before = 0;         // accuracy on texts that are not fitted on
  std::vector<ConceptCell> cells;  // off, then on, each for all alphas
};

// How a cell came to be chosen.
enum class ChoiceRule {
  kWithinBound,   // the strongest on its words of those within max_damage
  kLeastDamage,   // none is within it: the least harmful
  kNothingKnown,  // no damage is known: the strongest on its words
};
std::string_view choice_rule_name(ChoiceRule rule);

// Which layer and alpha, as an index into layers and cells.
struct ConceptChoice {
  size_t layer = 0, cell = 0;
  ChoiceRule rule = ChoiceRule::kWithinBound;
  size_t tried = 0, within = 0;  // cells of this switch; those within the bound
};

// The chosen cell along random directions of the same size, in the texts that
// report; [draws].
struct ConceptDraws {
  std::vector<double> own_words, control_words, control_text;
  // Own words: changed as wanted at least as much by a random direction.
  std::optional<double> own_words_p_one_sided;
  std::optional<double> control_words_p_two_sided, control_text_p_two_sided;
};

struct ConceptResult {
  ConceptSpec spec;
  std::vector<LayerConcept> layers;
  ConceptChoice off, on;
  ConceptDraws off_draws, on_draws;  // empty for spec.random = 0
  // Of the control text that reports; tokens of either part.
  double perplexity_clean = 0;
  size_t n_control_choose = 0, n_control_report = 0;
  size_t n_fitted = 0;                 // tokens of both classes
  std::vector<ConceptSample> samples;  // [prompts], edited: off, on
  BranchAudit audit;
  BasisProvenance fit;  // of the bases
  int threads = 1;
  double seconds = 0;

  const ConceptChoice& choice(ConceptSwitch way) const {
    return way == ConceptSwitch::kOff ? off : on;
  }
  const ConceptDraws& draws(ConceptSwitch way) const {
    return way == ConceptSwitch::kOff ? off_draws : on_draws;
  }
  const LayerConcept& layer_of(const ConceptChoice& choice) const {
    return layers[choice.layer];
  }
  const ConceptCell& cell_of(const ConceptChoice& choice) const {
    return layers[choice.layer].cells[choice.cell];
  }
};

// Fits, or takes spec.basis_file. The first token of a text is not fitted on.
// Errors: bad_input, bad_file, interrupted, out_of_memory, internal when the
// audit fails.
Result<ConceptResult> run_concept(const Model& model, const ConceptSpec& spec,
                                  const Progress& progress);

// BasisProvenance::text_fingerprint of a fit on these texts.
std::string concept_fingerprint(const ConceptSet& set);

// The bases as `concept fit` writes them, hook by hook.
BasisSet concept_bases(const ConceptResult& result);

// The edit of one cell, as generate and export take it. basis: how the edit is
// to name the file of concept_bases().
EditSpec concept_edit(const ConceptResult& result, const ConceptChoice& choice,
                      const std::filesystem::path& basis);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_
