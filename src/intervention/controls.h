// Removals of something else of the same kind, so that the effect of a
// component can be told from that of removing anything (docs/method.md, section
// 5).
#ifndef EXCISE_INTERVENTION_CONTROLS_H_
#define EXCISE_INTERVENTION_CONTROLS_H_

#include <array>
#include <string_view>

#include "core/error.h"
#include "core/matrix.h"
#include "core/random.h"
#include "intervention/decomposition.h"

namespace excise {

// kRandomRank: as many random orthonormal directions of the row space are
// projected out. kNormMatched: the same tokens lose the same amounts along
// random orthonormal directions of the row space. kNeuronShuffle: the same
// codes, the neurons of the atoms permuted.
enum class Control { kRandomRank, kNormMatched, kNeuronShuffle };
inline constexpr std::array kControls = {
    Control::kRandomRank, Control::kNormMatched, Control::kNeuronShuffle};

std::string_view control_name(
    Control control);  // "random-rank", "norm-matched", "neuron-shuffle"
// Error bad_input with near names.
Result<Control> parse_control(std::string_view name);

// Where the directions come from: the activations of a layer, A - M [tokens,
// neurons], and orthonormal rows [rank, neurons] of their row space.
struct ActivationSpace {
  Matrix<double> centred;
  Matrix<double> row_space;
};

// M is that of the decomposition. Errors: those of thin_svd().
Result<ActivationSpace> activation_space(const Decomposition& decomposition,
                                         MatrixView<const float> a);

// One draw. real: what the removal subtracts. Of kNormMatched, C = codes atoms
// has the C C^T of the real one, also where atoms are not orthonormal. Errors:
// bad_input when there are more components than the rank.
Result<Removed> draw_control(Control control, const Removed& real,
                             const ActivationSpace& space, Random& random);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_CONTROLS_H_
