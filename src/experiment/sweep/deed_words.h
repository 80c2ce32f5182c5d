// What a sweep does, in the words that its sentences have in common.
#ifndef EXCISE_EXPERIMENT_SWEEP_DEED_WORDS_H_
#define EXCISE_EXPERIMENT_SWEEP_DEED_WORDS_H_

#include <functional>
#include <string>

#include "experiment/common/sentence_parts.h"
#include "experiment/sweep/summary.h"

namespace excise {

// "component 0", "ica components 0, 3", "neuron 7".
std::string components_words(const Spec& spec);
bool adds(const Spec& spec);
// "removing component 0"; an edit file may say more. Of a removal that
// exchanges a mean without that.
std::string deed(const Spec& spec);
// "putting each token's mean over neurons back"; "" where the mean is not
// exchanged.
std::string mean_deed(const SweepResult& result);
// The same, of something known: "putting the mean back".
std::string mean_deed_in_short(const SweepResult& result);

// "One basis for all, fitted on page.txt; whether these texts are part of that
// is not known." each: "texts".
std::string shared_basis_words(const BasisSource& source,
                               const std::string& each);

// " No test at layer 1: an effect is not finite." for each reason; test_of: of
// one cell.
std::string untested_words(
    const Summary& summary,
    const std::function<const MeanTest&(const LayerSummary&)>& test_of);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_DEED_WORDS_H_
