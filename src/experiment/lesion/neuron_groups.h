// Which neurons tell two words apart: a paired t for each neuron, and groups by
// false discovery rate (docs/method.md).
#ifndef EXCISE_EXPERIMENT_LESION_NEURON_GROUPS_H_
#define EXCISE_EXPERIMENT_LESION_NEURON_GROUPS_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/lesion/sentence_pairs.h"
#include "model/model.h"

namespace excise {

// Pre-activations of the first word minus those of the second, at its last
// token: one matrix [pairs, d_mlp] for each of `layers` (ascending). Each
// sentence runs up to its word only. Errors: those of place_word and
// run_forward.
Result<std::vector<Matrix<float>>> pair_differences(
    const Model& model, std::span<const SentencePair> pairs,
    std::span<const size_t> layers, const Progress& progress);

// The neurons of one layer. A neuron without variance between pairs has t = 0,
// p = q = 1.
struct NeuronGroups {
  size_t layer = 0;
  std::vector<double> t, p, q;  // [d_mlp]; q: Benjamini-Hochberg over neurons
  std::vector<size_t> first;    // q at most the limit and t > 0, ascending
  std::vector<size_t> second;   // and t < 0
};

// differences: [pairs, d_mlp]. Errors: bad_input for fewer than two pairs or a
// number that is not finite.
Result<NeuronGroups> group_neurons(size_t layer,
                                   MatrixView<const float> differences,
                                   double q_limit);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_NEURON_GROUPS_H_
