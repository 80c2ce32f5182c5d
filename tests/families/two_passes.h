// Edits at every place of a model, run as differences and as whole passes.
#ifndef EXCISE_TESTS_FAMILIES_TWO_PASSES_H_
#define EXCISE_TESTS_FAMILIES_TWO_PASSES_H_

#include <cstddef>
#include <span>
#include <vector>

#include "model/model.h"
#include "run/executor.h"

namespace excise {

// A change of the value at a site that hangs on token and column.
double shift(size_t t, size_t j);

// At each place of each layer a branch of it alone, and of layer 0 one that is
// edited in layer 1 too.
std::vector<Branch> branches_at_every_place(const ModelConfig& config);

// Takes a good part of the value away and adds shift().
Status edit_strongly(size_t layer, MatrixView<const float> value,
                     std::span<const Branch> branches,
                     std::span<const MatrixView<float>> deltas);

// Expects of all these branches the same effects of run_wavefront as of
// run_naive.
void expect_two_passes(const Model& model, std::span<const int> ids,
                       double tolerance);

// Expects of three texts, cut out of these tokens, the same in one pass of
// run_wavefront as of run_naive over each alone.
void expect_texts_as_if_alone(const Model& model, std::span<const int> ids,
                              double tolerance);

}  // namespace excise

#endif  // EXCISE_TESTS_FAMILIES_TWO_PASSES_H_
