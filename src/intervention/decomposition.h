// A fitted linear decomposition of activations, A = M + codes atoms + rest, and
// the one removal that all of them share (docs/method.md, section 2):
//   A' - A = -codes[:, K] atoms[K, :]   (for svd also + B - M).
#ifndef EXCISE_INTERVENTION_DECOMPOSITION_H_
#define EXCISE_INTERVENTION_DECOMPOSITION_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

// Fitted and immutable; may be used by several threads. "Neurons" are the
// columns of the hook it was fitted at: d_mlp or d_model of them.
class Decomposition {
 public:
  virtual ~Decomposition() = default;

  virtual std::string_view basis() const = 0;  // "svd", "ica", ...
  virtual size_t n_components() const = 0;     // the rank for svd
  virtual size_t n_neurons() const = 0;

  // [tokens, components.size()]: the codes of a [tokens, neurons]. Any a, not
  // only the one it was fitted on. Errors: bad_input for a component that does
  // not exist, naming how many there are, and for another number of neurons.
  virtual Result<Matrix<double>> encode(
      MatrixView<const float> a, std::span<const size_t> components) const = 0;

  // [components.size(), neurons]; the largest-magnitude entry of each is
  // positive (except of a trained sae). Errors as encode().
  virtual Result<Matrix<double>> atoms(
      std::span<const size_t> components) const = 0;

  // row -= M, what codes count from; row: one token, [neurons]. M = 0 unless
  // overridden.
  virtual void centre(std::span<double> row) const;

  // row += B - M for the token a [neurons]: what the operator does with nothing
  // removed. Nothing, unless overridden together with identity_when_empty().
  virtual void add_mean_change(std::span<const float> a,
                               std::span<double> row) const;
  virtual bool identity_when_empty() const { return true; }

  // Of A - M, descending, [min(tokens, neurons)]; empty where the basis is not
  // the svd of this very text.
  virtual std::span<const double> singular_values() const { return {}; }
};

// 0 .. n_components() - 1.
std::vector<size_t> all_components(const Decomposition& decomposition);

// What a removal subtracts: codes [tokens, k] times atoms [k, neurons].
struct Removed {
  Matrix<double> codes;
  Matrix<double> atoms;
};

// Of the components K, a set in ascending order: repeats count once. Errors: as
// Decomposition::encode().
Result<Removed> removed_by(const Decomposition& decomposition,
                           MatrixView<const float> a,
                           std::span<const size_t> components);

// Whether a change has the operator's means in it, B - M, or leaves the
// activations' means as they are.
enum class MeanExchange { kNone, kAsOperator };

// delta: [tokens, neurons] = A' - A = B - M - codes atoms, or without B - M,
// summed in double, then rounded. Errors: bad_input for a delta of another
// shape than a.
Status change_without(const Decomposition& decomposition,
                      MatrixView<const float> a, const Removed& removed,
                      MeanExchange mean, MatrixView<float> delta);
// The same before it is rounded; all of it at once.
Matrix<double> exact_change(const Decomposition& decomposition,
                            MatrixView<const float> a, const Removed& removed,
                            MeanExchange mean);

// delta: [tokens, neurons] = A' - A, summed in double, then rounded. K =
// components, a set: repeats count once; it may be empty. Errors: bad_input as
// Decomposition::encode(), and for a delta of another shape than a.
Status removal_change(const Decomposition& decomposition,
                      MatrixView<const float> a,
                      std::span<const size_t> components,
                      MatrixView<float> delta);

// ||codes[:, K] atoms[K, :]||^2 of a, K as above.
Result<double> component_energy(const Decomposition& decomposition,
                                MatrixView<const float> a,
                                std::span<const size_t> components);

// ||A - M||^2.
double centred_energy(const Decomposition& decomposition,
                      MatrixView<const float> a);

// 100 component_energy / centred_energy, %; 0 where the latter is 0. For the
// svd of this text that is 100 sum over K of s_k^2 / sum s^2. Components of
// other bases need not be orthogonal: their shares need not add up.
Result<double> energy_share(const Decomposition& decomposition,
                            MatrixView<const float> a,
                            std::span<const size_t> components);
// The same of what removed_by() gave for a.
double energy_share(const Decomposition& decomposition,
                    MatrixView<const float> a, const Removed& removed);

// For implementations. Errors as encode(); `whole` is what has the components:
// "activations of rank 6", "this ica basis".
Status check_components(std::span<const size_t> components, size_t n_components,
                        const std::string& whole);
Status check_neurons(const Decomposition& decomposition,
                     MatrixView<const float> a);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_DECOMPOSITION_H_
