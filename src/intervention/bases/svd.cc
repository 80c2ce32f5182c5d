#include "intervention/bases/svd.h"

#include <algorithm>
#include <string>
#include <utility>

#include "math/linalg/product.h"

namespace excise {
namespace {

class TextSvd final : public Decomposition {
 public:
  explicit TextSvd(CentredSvd svd) : svd_(std::move(svd)) {}

  std::string_view basis() const override { return "svd"; }
  size_t n_components() const override { return svd_.svd.rank(); }
  size_t n_neurons() const override { return svd_.svd.matrix.cols(); }

  Result<Matrix<double>> encode(
      MatrixView<const float> a,
      std::span<const size_t> components) const override {
    EXCISE_CHECK(check_neurons(*this, a));
    const Matrix<double> vectors = EXCISE_TRY(atoms(components));
    auto centred = converted<double>(a);
    for (size_t t = 0; t < a.rows(); ++t) centre(centred.row(t));
    return product_bt(centred, vectors);
  }

  Result<Matrix<double>> atoms(
      std::span<const size_t> components) const override {
    EXCISE_CHECK(check_components(
        components, n_components(),
        n_components() == 0
            ? "activations that equal their mean (rank 0)"
            : "activations of rank " + std::to_string(n_components())));
    Matrix<double> rows(components.size(), n_neurons());
    for (size_t k = 0; k < components.size(); ++k) {
      std::ranges::copy(svd_.svd.vectors(components[k]).right,
                        rows.row(k).begin());
    }
    return rows;
  }

  void centre(std::span<double> row) const override {
    subtract_mean(svd_.op.centre, svd_.centre, row);
  }

  void add_mean_change(std::span<const float> a,
                       std::span<double> row) const override {
    add_mean_difference(svd_.op, svd_.centre, svd_.restore, a, row);
  }

  bool identity_when_empty() const override {
    return svd_.op.identity_when_empty();
  }

  std::span<const double> singular_values() const override {
    return svd_.svd.singular_values;
  }

 private:
  CentredSvd svd_;
};

}  // namespace

Result<std::unique_ptr<const Decomposition>> fit_text_svd(
    MatrixView<const float> a, RemovalOperator op) {
  return std::make_unique<TextSvd>(EXCISE_TRY(decompose(a, op)));
}

}  // namespace excise
