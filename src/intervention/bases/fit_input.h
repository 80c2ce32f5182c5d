// What a basis is fitted on.
#ifndef EXCISE_INTERVENTION_BASES_FIT_INPUT_H_
#define EXCISE_INTERVENTION_BASES_FIT_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "intervention/decomposition.h"
#include "intervention/removal.h"

namespace excise {

// The activations of one hook over a text, in blocks of some tokens, so that
// they need not be in memory together. Every pass gives the same values.
class Activations {
 public:
  // rows: [some tokens, neurons], which visit may change.
  using Visit = std::function<Status(Matrix<double>& rows, size_t first_token)>;

  virtual ~Activations() = default;
  virtual size_t n_tokens() const = 0;
  virtual size_t n_neurons() const = 0;
  // Blocks in the order of tokens. Errors: what visit returns, and those of
  // running the model.
  virtual Status for_each(const Visit& visit) const = 0;
};

// Calls visit for blocks of at most 1,024 rows of a chunk that starts at
// first_token.
template <typename T>
Status visit_in_blocks(MatrixView<const T> chunk, size_t first_token,
                       const Activations::Visit& visit) {
  constexpr size_t kBlockRows = 1024;
  for (size_t first = 0; first < chunk.rows(); first += kBlockRows) {
    const size_t count = std::min(kBlockRows, chunk.rows() - first);
    auto rows = converted<double>(chunk.row_range(first, count));
    EXCISE_CHECK(visit(rows, first_token + first));
  }
  return {};
}

// Those of a matrix that is at hand, which must outlive this.
template <typename T>
class MatrixActivations final : public Activations {
 public:
  explicit MatrixActivations(MatrixView<const T> a) : a_(a) {}
  size_t n_tokens() const override { return a_.rows(); }
  size_t n_neurons() const override { return a_.cols(); }
  Status for_each(const Visit& visit) const override {
    return visit_in_blocks(a_, 0, visit);
  }

 private:
  MatrixView<const T> a_;
};

struct FitOptions {
  RemovalOperator removal{Mean::kNeuron, Mean::kNeuron};  // svd alone
  size_t components = 0;  // 0: what the basis takes by itself
  // (1 - shrinkage) C + shrinkage tr(C)/N I of a covariance C; ged: 0.01,
  // leace: 0 by themselves.
  std::optional<double> shrinkage = {};
  uint64_t seed = 0;
  uint64_t stream = 0;  // which hook this is: tells their random numbers apart
};

struct FitInput {
  const Activations& activations;
  // Class of each token, -1 for those in none; empty where there are no
  // classes.
  std::span<const int> classes;
  FitOptions options = {};
  // first-pc alone: which tokens belong together, by number; read where a token
  // is in a class. Empty: the i-th tokens of both classes.
  std::span<const int> pairs = {};
};

using FittedBasis = Result<std::unique_ptr<const Decomposition>>;

// For implementations: the number of components to fit, `otherwise` where none
// was asked for. Error bad_input when there are fewer tokens, or fewer neurons.
Result<size_t> components_to_fit(const FitInput& input, std::string_view basis,
                                 size_t otherwise);

// Tokens of each class 0 .. n - 1. Errors: bad_input for no classes, fewer than
// two or (with exactly_two) another number, and for a class of fewer than two
// tokens.
Result<std::vector<size_t>> class_sizes(const FitInput& input,
                                        std::string_view basis,
                                        bool exactly_two);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_FIT_INPUT_H_
