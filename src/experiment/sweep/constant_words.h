// What the best constant found says, in words.
#ifndef EXCISE_EXPERIMENT_SWEEP_CONSTANT_WORDS_H_
#define EXCISE_EXPERIMENT_SWEEP_CONSTANT_WORDS_H_

#include <string>
#include <vector>

#include "experiment/sweep/summary.h"

namespace excise {

// Layers with a constant, and what it does there by q over layers, on the
// tokens that did not choose it.
struct ConstantCounts {
  std::vector<size_t> tested, hurt, removal_hurts, cheaper, outside, at_edge;
};
ConstantCounts count_constants(const Summary& summary);

// Nothing where it was not asked for.
std::vector<std::string> constant_words(const SweepResult& result,
                                        const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONSTANT_WORDS_H_
