// Removals of something else of the same kind, so that the effect of a
// component can be told from that of removing anything (docs/method.md, section
// 5).
#ifndef EXCISE_INTERVENTION_CONTROLS_H_
#define EXCISE_INTERVENTION_CONTROLS_H_

#include <array>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "core/matrix.h"
#include "core/random.h"
#include "intervention/decomposition.h"

namespace excise {

// kRandomRank: as many random orthonormal directions of the row space are
// projected out. kNormMatched: a change of the same size; what of the edit's
// change lies in the row space points into random directions of it.
// kNeuronShuffle: the same codes, the neurons of the atoms permuted, which
// leaves the row space: a description and no null of anything.
// kElsewhere: random directions at other layers and hooks, with a change of the
// same relative size; not of one layer, so that ControlSource has none.
enum class Control { kRandomRank, kNormMatched, kNeuronShuffle, kElsewhere };
inline constexpr std::array kControls = {
    Control::kRandomRank, Control::kNormMatched, Control::kNeuronShuffle,
    Control::kElsewhere};

std::string_view control_name(
    Control control);  // "random-rank", "norm-matched", "neuron-shuffle",
                       // "elsewhere"
// Error bad_input with near names.
Result<Control> parse_control(std::string_view name);
// Whether its draws are a null distribution, so that a p can be had from them.
inline bool is_null(Control control) {
  return control != Control::kNeuronShuffle;
}

// Where the directions come from: the activations of a layer, A - M [tokens,
// neurons], and orthonormal rows [rank, neurons] of their row space.
struct ActivationSpace {
  Matrix<double> centred;
  Matrix<double> row_space;
};

// A - M, [tokens, neurons].
Matrix<double> centred_rows(const Decomposition& decomposition,
                            MatrixView<const float> a);
// M is that of the decomposition. Errors: those of thin_svd().
Result<ActivationSpace> activation_space(const Decomposition& decomposition,
                                         MatrixView<const float> a);

// A change D [tokens, neurons] taken apart by the projection P on the row
// space: D P = codes G with G orthonormal rows.
struct ChangeParts {
  Matrix<double> outside;  // D (I - P), [tokens, neurons]
  Matrix<double> codes;    // [tokens, rank of D P]
};

ChangeParts take_apart(Matrix<double> change,
                       MatrixView<const double> row_space);

// G of a change, [rank of D P, neurons].
Matrix<double> directions_of_change(const Matrix<double>& change,
                                    MatrixView<const double> row_space);
// D - codes G and the codes of a change along given directions G, such as those
// of another text: the same parts where they span its D P.
ChangeParts take_apart_along(Matrix<double> change,
                             MatrixView<const double> directions);

// D (I - P) + codes G with random orthonormal G in the row space: every token's
// change keeps its size, every two tokens' changes their inner product. Error:
// bad_input where the row space has no dimension beyond those of D P, so that
// no draw could leave them. row_space: orthonormal [rank, neurons].
Result<Matrix<double>> draw_norm_matched(const ChangeParts& parts,
                                         MatrixView<const double> row_space,
                                         Random& random);

// What the controls of a text draw from, borrowed.
struct ControlSpace {
  MatrixView<const double> centred;    // of the text, A - M [tokens, neurons]
  MatrixView<const double> row_space;  // orthonormal [rank, neurons]
  // Of the edit's change, [rank of D P, neurons]; empty: the text's own.
  MatrixView<const double> change = {};
};
inline ControlSpace drawn_from(const ActivationSpace& space) {
  return {space.centred, space.row_space};
}

// Draws controls in the place of one edit of one layer's activations: the
// removal, with or without the exchange of means. Borrows what it is made from.
class ControlSource {
 public:
  // real: what the removal subtracts.
  ControlSource(const Decomposition& decomposition, const Removed& real,
                const ControlSpace& space, MeanExchange mean)
      : decomposition_(decomposition),
        real_(real),
        space_(space),
        mean_(mean) {}

  // a: the activations, always the same; delta: [tokens, neurons], edited -
  // clean of one draw. Errors: bad_input where the row space has too few
  // dimensions.
  Status draw(Control control, MatrixView<const float> a, Random& random,
              MatrixView<float> delta);

 private:
  const Decomposition& decomposition_;
  const Removed& real_;
  ControlSpace space_;
  MeanExchange mean_;
  std::optional<ChangeParts> parts_;  // once kNormMatched asks for them
};

}  // namespace excise

#endif  // EXCISE_INTERVENTION_CONTROLS_H_
