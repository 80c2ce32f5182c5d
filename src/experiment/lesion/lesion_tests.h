// Where a t-lesion is tried: sentences of the user, and held-out pairs.
#ifndef EXCISE_EXPERIMENT_LESION_LESION_TESTS_H_
#define EXCISE_EXPERIMENT_LESION_LESION_TESTS_H_

#include <span>
#include <vector>

#include "core/error.h"
#include "experiment/lesion/lesion.h"
#include "model/model.h"

namespace excise {

// Indices of the pairs: a seeded share is held out, the rest is fitted on.
struct PairSplit {
  std::vector<size_t> fitted, held_out;  // ascending
};
PairSplit split_pairs(size_t pairs, double hold_out, uint64_t seed);

// One test before each of the two words of a --test sentence, or at each named
// position; and one before the word of each held-out pair, but where the word
// begins the sentence. `clean` is left empty. Errors: bad_input, those of
// place_word.
Result<std::vector<LesionTest>> lesion_tests(const Model& model,
                                             const LesionSpec& spec,
                                             std::span<const size_t> held_out);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_LESION_TESTS_H_
