// t-lesions: the neurons that tell two words apart, zeroed behind the
// activation function where the word is about to come, layer by layer
// (docs/method.md).
#ifndef EXCISE_EXPERIMENT_LESION_LESION_H_
#define EXCISE_EXPERIMENT_LESION_LESION_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/common/mean_test.h"
#include "experiment/lesion/lesion_spec.h"
#include "experiment/lesion/neuron_groups.h"
#include "model/model.h"
#include "run/branch.h"
#include "run/branch_audit.h"

namespace excise {

// Of both words: index 0 the first, 1 the second.
using WordPair = std::array<Prediction, 2>;

// A place where neurons are lesioned and both words are read.
struct LesionTest {
  std::optional<size_t> pair_line;  // of a held-out pair; else of a --test
  std::vector<int> ids;             // up to and with `position`
  size_t position = 0;              // lesioned and read here
  std::array<int, 2> words = {};    // their tokens
  std::string before;  // what comes next in the sentence: a word; may be empty
  WordPair clean = {};
};

// What zeroing one group of neurons at one layer does in all tests. Differences
// are clean - lesioned: positive is a loss.
struct GroupLesion {
  size_t zeroed = 0;                            // neurons
  std::vector<WordPair> delta;                  // [tests]
  double mean_abs_delta_logit = 0;              // over tests and both words
  std::array<double, 2> mean_delta_logit = {};  // over tests
  // The loss of the group's own word beyond that of the other word, tested over
  // tests; q over layers.
  MeanTest selective_loss;
  // The same of random groups of this size: [draws].
  std::vector<double> random_selective_loss, random_mean_abs;
  // One-sided: (b + 1) / (draws + 1), b draws with at least this selective
  // loss, or mean size of change; absent without draws or neurons.
  std::optional<double> random_p_one_sided, random_abs_p_one_sided;
};

struct LayerLesion {
  NeuronGroups groups;
  GroupLesion first, second;  // by the word whose neurons are zeroed
};

struct LesionResult {
  LesionSpec spec;
  std::vector<size_t> fitted, held_out;  // indices of pairs, ascending
  std::vector<LesionTest> tests;
  std::vector<size_t> layers;        // ascending
  std::vector<LayerLesion> lesions;  // [layers]
  BranchAudit audit;
  int threads = 1;
  double seconds = 0;
};

// Errors: those of place_word; bad_input (fewer than two pairs to fit on, a
// word of several tokens, a test without either word, a layer or position out
// of range), bad_file, interrupted, out_of_memory, internal when the audit
// fails.
Result<LesionResult> run_lesion(const Model& model, const LesionSpec& spec,
                                const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_LESION_H_
