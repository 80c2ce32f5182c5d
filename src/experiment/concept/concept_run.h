// A concept found in a model, switched off and on, and what else that breaks
// (docs/method.md).
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/audit.h"
#include "experiment/concept/concept_samples.h"
#include "experiment/concept/concept_spec.h"
#include "intervention/basis_file.h"
#include "intervention/edit_spec.h"
#include "model/model.h"

namespace excise {

// What an edit does in some texts, nats. own_words, control_words: change of
// the log-probability that the next token is one of them, clean - edited, mean
// over positions, in the texts with the concept for off, without it for on:
// above 0 they become less likely. control_text: the same of the token that
// comes, in the control text.
struct ConceptEffect {
  double own_words = 0;
  double control_words = 0;
  double control_text = 0;
  // The wanted change of the own words over what the control text loses:
  // +-own_words / (0.02 + |control_text|).
  double selectivity = 0;
};

struct ConceptCell {
  ConceptSwitch way = ConceptSwitch::kOff;
  double alpha = 0;
  ConceptEffect choose, report;  // on the texts of either use
};

struct LayerConcept {
  size_t layer = 0;
  std::string hook;
  std::shared_ptr<const Decomposition> basis;
  double probe_before = 0;  // accuracy on texts that are not fitted on
  double probe_after = 0;   // switched off with alpha 1, probe fitted again
  std::vector<ConceptCell> cells;  // off, then on, each for all alphas
};

// Which layer and alpha, as an index into layers and cells.
struct ConceptChoice {
  size_t layer = 0, cell = 0;
};

struct ConceptResult {
  ConceptSpec spec;
  std::vector<LayerConcept> layers;
  ConceptChoice off, on;        // the best selectivity on the texts that choose
  double perplexity_clean = 0;  // of the control text
  size_t n_fitted = 0;          // tokens of both classes
  std::vector<ConceptSample> samples;  // [prompts], edited: off, on
  BranchAudit audit;
  BasisProvenance fit;  // of the bases
  int threads = 1;
  double seconds = 0;

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

// The bases as `concept fit` writes them, hook by hook.
BasisSet concept_bases(const ConceptResult& result);

// The edit of one cell, as generate and export take it. basis: how the edit is
// to name the file of concept_bases().
EditSpec concept_edit(const ConceptResult& result, const ConceptChoice& choice,
                      const std::filesystem::path& basis);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_
