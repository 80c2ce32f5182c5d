#include "intervention/bases/neurons.h"

#include <string>

namespace excise {
namespace {

// One-hot rows are made when asked for: a matrix of all of them would be
// neurons^2.
class Neurons final : public Decomposition {
 public:
  explicit Neurons(size_t n_neurons) : n_neurons_(n_neurons) {}

  std::string_view basis() const override { return "neurons"; }
  size_t n_components() const override { return n_neurons_; }
  size_t n_neurons() const override { return n_neurons_; }

  Result<Matrix<double>> encode(
      MatrixView<const float> a,
      std::span<const size_t> components) const override {
    EXCISE_CHECK(check(components));
    EXCISE_CHECK(check_neurons(*this, a));
    Matrix<double> codes(a.rows(), components.size());
    for (size_t t = 0; t < a.rows(); ++t) {
      for (size_t k = 0; k < components.size(); ++k)
        codes(t, k) = a(t, components[k]);
    }
    return codes;
  }

  Result<Matrix<double>> atoms(
      std::span<const size_t> components) const override {
    EXCISE_CHECK(check(components));
    Matrix<double> rows(components.size(), n_neurons_);
    for (size_t k = 0; k < components.size(); ++k) rows(k, components[k]) = 1;
    return rows;
  }

 private:
  Status check(std::span<const size_t> components) const {
    return check_components(
        components, n_neurons_,
        "activations of " + std::to_string(n_neurons_) + " neurons");
  }

  size_t n_neurons_;
};

}  // namespace

FittedBasis fit_neurons(const FitInput& input) {
  return std::make_unique<Neurons>(input.activations.n_neurons());
}

}  // namespace excise
