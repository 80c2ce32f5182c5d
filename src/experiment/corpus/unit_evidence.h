// Where effects arise and what variants do, over the units of a corpus.
#ifndef EXCISE_EXPERIMENT_CORPUS_UNIT_EVIDENCE_H_
#define EXCISE_EXPERIMENT_CORPUS_UNIT_EVIDENCE_H_

#include <cstddef>

#include "experiment/corpus/corpus_units.h"
#include "experiment/corpus/text_sums.h"
#include "experiment/sweep/findings.h"
#include "experiment/sweep/sweep_branches.h"

namespace excise {

// Adds to the findings of the i-th swept layer, whose effects and controls are
// those of units behind one entry that counts for nothing, their parts and
// variants, as far as the layout has them.
void add_evidence(const CorpusSums& units, const SumsLayout& layout,
                  const SweepBranches& branches, size_t i,
                  LayerFindings& findings);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_UNIT_EVIDENCE_H_
