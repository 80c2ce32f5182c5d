// A second text whose tokens are aligned with those of the text that is swept,
// to swap the codes of the subspace with (docs/method.md, section 6).
#ifndef EXCISE_EXPERIMENT_SWEEP_SWAP_H_
#define EXCISE_EXPERIMENT_SWEEP_SWAP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "model/architecture/hooks.h"
#include "model/model.h"

namespace excise {

struct OtherText {
  std::vector<int> ids;         // [tokens], as many as of the swept text
  size_t first_difference = 0;  // the first position whose tokens differ
};

// Error bad_input where the texts differ in length, nowhere, or in nothing that
// a later token could show.
Result<OtherText> align(std::span<const int> ids, std::vector<int> other);

// What a run of the other text has.
struct OtherValues {
  Matrix<float> embedded;                    // [tokens, d_model] before layer 0
  std::map<size_t, Matrix<float>> at_layer;  // [tokens, width] at the hook
};
Result<OtherValues> read_other_text(const Model& model, const OtherText& other,
                                    HookPoint hook,
                                    std::span<const size_t> layers,
                                    const Progress& progress);

// The positions behind the first token from the difference on that is edited.
// edited: [tokens] as of a result; empty: all.
std::vector<size_t> tested_of_swap(std::span<const uint8_t> edited,
                                   size_t tokens, size_t first_difference);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SWAP_H_
