// What the sentences about experiments have in common.
#ifndef EXCISE_EXPERIMENT_COMMON_SENTENCE_PARTS_H_
#define EXCISE_EXPERIMENT_COMMON_SENTENCE_PARTS_H_

#include <string>
#include <vector>

#include "experiment/common/mean_test.h"

namespace excise {

// With its first letter large.
std::string capital(std::string text);
// "layer 3", "layers 0-5, 7"; layers: ascending.
std::string layer_list(const std::vector<size_t>& layers);
// "0 of 12 layers", "2 of 12 layers (0, 7)", "12 of 12 layers".
std::string of_layers(const std::vector<size_t>& layers, size_t all);
// "0.67 to 1.82, median 1.2", or one number where that is all; "" of none.
std::string range_of(const std::vector<double>& values);

// " (t = 8.65, q = 2.3e-13)", or less where a number is absent.
std::string test_words(const MeanTest& test);
// " (95 % interval 1.2 to 2.0)" or nothing.
std::string interval_words(const MeanTest& test);

inline bool significant(const MeanTest& test) {
  return test.q && *test.q < kSignificance;
}

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_SENTENCE_PARTS_H_
