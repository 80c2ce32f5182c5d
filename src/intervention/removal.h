// The removal operator for a singular value decomposition (docs/method.md,
// section 2):
//   A - M = U S V^T,   A' = sum over i not in K of s_i u_i v_i^T, plus B.
#ifndef EXCISE_INTERVENTION_REMOVAL_H_
#define EXCISE_INTERVENTION_REMOVAL_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "math/linalg/svd.h"

namespace excise {

// What is subtracted before the decomposition, and what is added back after the
// removal. kNeuron: each neuron's mean over tokens; kToken: each token's mean
// over neurons.
enum class Mean { kNone, kNeuron, kToken };
std::string_view mean_name(Mean mean);  // "none", "neuron", "token"
// Error bad_input with the three names.
Result<Mean> parse_mean(std::string_view name);

struct RemovalOperator {
  Mean centre = Mean::kNone;
  Mean restore = Mean::kToken;

  // True where A' = A for K = {}.
  bool identity_when_empty() const { return centre == restore; }
};

// row -= its mean; row: one token [neurons], neuron_means: those of kNeuron.
void subtract_mean(Mean mean, std::span<const double> neuron_means,
                   std::span<double> row);
// row += B - M for the token a [neurons]; neuron means of the centre and of the
// restored mean where op has kNeuron. Nothing where they are the same.
void add_mean_difference(RemovalOperator op, std::span<const double> centre,
                         std::span<const double> restore,
                         std::span<const float> a, std::span<double> row);

// "published" (none, token) or "pca" (neuron, neuron). Error bad_input with
// near names.
Result<RemovalOperator> removal_preset(std::string_view name);

// What was chosen, and its name: "published", "pca", or "custom".
struct NamedRemoval {
  RemovalOperator removal;
  std::string name;
};
// centre and restore ("none", "neuron", "token") stand above those of the
// preset; preset "custom" needs both. Error: bad_input.
Result<NamedRemoval> choose_removal(std::string_view preset,
                                    const std::optional<std::string>& centre,
                                    const std::optional<std::string>& restore);

// The decomposition of one layer's activations, from which every edit of that
// layer is made.
struct CentredSvd {
  RemovalOperator op;
  Svd svd;                      // of A - M [tokens, neurons]
  std::vector<double> centre;   // M: [neurons], [tokens] or empty
  std::vector<double> restore;  // B: the same
};

// a: [tokens, neurons]. Errors: bad_input when a value is not finite.
Result<CentredSvd> decompose(MatrixView<const float> a, RemovalOperator op);
Result<CentredSvd> decompose(Matrix<double> a, RemovalOperator op);

// edited: [tokens, neurons] = A'. components: the set K, each below the rank
// (bad_input otherwise, naming the rank). An empty K gives A - M + B. Summed in
// double, then rounded. Also bad_input for an `edited` of another shape.
Status remove_components(const CentredSvd& decomposition,
                         std::span<const size_t> components,
                         MatrixView<float> edited);
Status remove_components(const CentredSvd& decomposition,
                         std::span<const size_t> components,
                         MatrixView<double> edited);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_REMOVAL_H_
