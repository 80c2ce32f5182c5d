// Where effects arise and what variants do, over several texts: each text
// counts once, by its means over tokens (docs/method.md, section 4).
#ifndef EXCISE_EXPERIMENT_SWEEP_TEXT_EVIDENCE_H_
#define EXCISE_EXPERIMENT_SWEEP_TEXT_EVIDENCE_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiment/sweep/findings.h"

namespace excise {

class TensorWriter;
struct SweepResult;

// What a text has of its removal at one layer beside the sum of effects.
struct EvidenceSums {
  // [1 + 2 n_layers] over its tested tokens; empty where parts were not asked
  // for.
  std::vector<double> shares;
  double error = 0;         // largest |sum of shares - effect| of them
  size_t points = 0;        // most of an integral in its pass
  double first_half = 0;    // effects of the first half of the tested tokens
  size_t half = 0;          // tokens of it: of an odd number the smaller part
  size_t behind_first = 0;  // tested tokens that an edit reaches which spares
                            // the first
};

// tested: of the text, which begins at row `first` of the pass.
EvidenceSums evidence_sums(const BranchEffect& removal, size_t first,
                           std::span<const size_t> tested);

// Sum of a series over the tested tokens of a text; 0 for an empty series.
double sum_over(std::span<const double> series, size_t first,
                std::span<const size_t> tested);

// What TextFindings keep of one layer: means over the tested tokens.
struct TextEvidence {
  EvidenceSums sums;
  double direct = 0;                                // of the removal
  std::vector<std::vector<double>> control_direct;  // [controls][repeats]
  std::vector<double> variants;  // [variants] sums over the tested tokens
};

// Whether several texts have any of it.
bool has_text_evidence(const SweepResult& result);

// Findings of layer i with an entry for each text that has a tested token where
// there is one for each token of a text, behind one that counts for nothing:
// effects, parts, controls and variants of the preset, and no more.
LayerFindings findings_over_texts(const SweepResult& result, size_t i);

// A variant's effects over units are those of all tested tokens but where it
// spares the first: sums over the others, of the units that have any, behind
// one that counts for nothing.
std::vector<double> behind_first_means(std::span<const double> sums,
                                       std::span<const double> counts);
// The means in the halves of units' texts; of those that have tokens there.
HalvesOfUnits halves_of_units(std::string of, std::span<const double> sums,
                              std::span<const double> first_half,
                              std::span<const double> tokens,
                              std::span<const double> half);

// "text_parts" [texts, layers, 1 + 2 n_layers], "text_direct" and of each
// variant "text_keep_only" and so on [texts, layers]: the means that tests over
// texts take, NaN where a text has none.
void add_text_evidence(TensorWriter& writer, const SweepResult& result);

struct LayerSummary;
struct Summary;
// Sets parts and variants of over_texts; those of the first text are done.
Status summarize_text_evidence(const SweepResult& result,
                               std::vector<LayerSummary>& layers);

// The layers' parts and variants over texts where those of the first text are,
// with their tests and the headline of the tests over texts: what words and
// tables of one text say of several. over_texts must be there.
Summary evidence_over_texts(const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_TEXT_EVIDENCE_H_
