// A concept found in a model, switched off and on, and what else that breaks
// (docs/method.md).
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/concept/concept_set.h"
#include "intervention/basis_file.h"
#include "model/model.h"

namespace excise {

struct ConceptSpec {
  std::string model;
  ConceptSet set;
  std::string method = "diff-means";  // or leace, ged
  std::string hook = "blocks.*.mlp.hook_pre";
  std::string layers = "all";
  std::vector<double> alphas = {0.5, 1, 2, 4};
  uint64_t seed = 0;
  uint64_t memory_limit = 0;  // bytes; 0: no limit
  int threads = 0;
};

// Refuses what no model could do. Error: bad_input.
Status check_concept_spec(const ConceptSpec& spec);

enum class ConceptSwitch { kOff, kOn };
std::string_view concept_switch_name(ConceptSwitch way);  // "off", "on"

// What an edit does in some texts, nats. own_words, control_words:
// change of the log-probability that the next token is one of
// them, clean - edited, mean over positions: above 0 they become less likely.
// control_text: the same of the token that comes, in the control text.
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
  int threads = 1;
  double seconds = 0;

  const LayerConcept& layer_of(const ConceptChoice& choice) const {
    return layers[choice.layer];
  }
  const ConceptCell& cell_of(const ConceptChoice& choice) const {
    return layers[choice.layer].cells[choice.cell];
  }
};

// fitted: bases of an earlier fit, taken instead of fitting; nullptr: fit. The
// first token of a text is neither fitted on nor edited. Errors: bad_input,
// bad_file, interrupted, out_of_memory.
Result<ConceptResult> run_concept(const Model& model, const ConceptSpec& spec,
                                  const BasisSet* fitted,
                                  const Progress& progress);

// The bases as `concept fit` writes them, hook by hook.
BasisSet concept_bases(const Model& model, const std::string& model_name,
                       const std::string& program_version,
                       const ConceptResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_RUN_H_
