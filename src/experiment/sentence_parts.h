// What the sentences about a sweep have in common.
#ifndef EXCISE_EXPERIMENT_SENTENCE_PARTS_H_
#define EXCISE_EXPERIMENT_SENTENCE_PARTS_H_

#include <functional>
#include <string>
#include <vector>

#include "experiment/summary.h"

namespace excise {

// With its first letter large.
std::string capital(std::string text);
// "layer 3", "layers 0-5, 7"; layers: ascending.
std::string layer_list(const std::vector<size_t>& layers);
// "0 of 12 layers", "2 of 12 layers (0, 7)", "12 of 12 layers".
std::string of_layers(const std::vector<size_t>& layers, size_t all);
// "0.67 to 1.82, median 1.2", or one number where that is all; "" of none.
std::string range_of(const std::vector<double>& values);

// "component 0", "ica components 0, 3", "neuron 7".
std::string components_words(const Spec& spec);
bool adds(const Spec& spec);
// "removing component 0"; an edit file may say more. Of a removal that
// exchanges a mean without that.
std::string deed(const Spec& spec);
// "putting each token's mean over neurons back"; "" where the mean is not
// exchanged.
std::string mean_deed(const Spec& spec);
// The same, of something known: "putting the mean back".
std::string mean_deed_in_short(const Spec& spec);

// " (t = 8.65, q = 2.3e-13)", or less where a number is absent.
std::string test_words(const MeanTest& test);
// " (95 % interval 1.2 to 2.0)" or nothing.
std::string interval_words(const MeanTest& test);

// " No test at layer 1: an effect is not finite." for each reason; test_of: of
// one cell.
std::string untested_words(
    const Summary& summary,
    const std::function<const MeanTest&(const LayerSummary&)>& test_of);

inline bool significant(const MeanTest& test) {
  return test.q && *test.q < kSignificance;
}

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SENTENCE_PARTS_H_
