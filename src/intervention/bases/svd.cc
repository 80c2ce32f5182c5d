#include "intervention/bases/svd.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "intervention/bases/moments.h"
#include "math/linalg/leading_eigen.h"
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

constexpr size_t kDefaultComponents = 64;

// How many of the descending singular values to keep.
Result<size_t> number_to_keep(std::span<const double> values,
                              size_t components) {
  size_t rank = 0;
  while (rank < values.size() && values[rank] > kRankTolerance * values[0])
    ++rank;
  if (components <= rank && rank > 0)
    return components == 0 ? rank : components;
  return fail(
      ErrorCode::kBadInput,
      {.where = "fit",
       .subject = "components of the svd",
       .expected = rank == 0 ? "activations that differ from their mean"
                             : "at most " + std::to_string(rank) + ", the rank",
       .found = rank == 0 ? "rank 0" : std::to_string(components)});
}

// Few tokens: all of them at once.
Result<LinearParts> from_tokens(const Activations& activations,
                                RemovalOperator op, size_t components) {
  const CentredSvd svd =
      EXCISE_TRY(decompose(EXCISE_TRY(collected({activations, {}, {}})), op));
  const size_t kept =
      EXCISE_TRY(number_to_keep(svd.svd.singular_values, components));
  LinearParts parts;
  parts.atoms = Matrix<double>::uninitialized(kept, activations.n_neurons());
  for (size_t k = 0; k < kept; ++k) {
    std::ranges::copy(svd.svd.vectors(k).right, parts.atoms.row(k).begin());
  }
  parts.values.assign(
      svd.svd.singular_values.begin(),
      svd.svd.singular_values.begin() + static_cast<ptrdiff_t>(kept));
  parts.mean = op.centre == Mean::kNeuron ? svd.centre : svd.restore;
  return parts;
}

// Many tokens: their second moments.
Result<LinearParts> from_moments(const Activations& activations,
                                 RemovalOperator op, size_t components,
                                 uint64_t seed) {
  Moments moments(activations.n_neurons());
  std::vector<double> mean(activations.n_neurons());
  EXCISE_CHECK(
      activations.for_each([&](Matrix<double>& rows, size_t) -> Status {
        for (size_t t = 0; t < rows.rows(); ++t) {
          const auto row = rows.row(t);
          for (size_t j = 0; j < row.size(); ++j) mean[j] += row[j];
          if (op.centre == Mean::kToken) subtract_mean(op.centre, {}, row);
        }
        moments.add(rows);
        return {};
      }));
  for (double& value : mean)
    value /= static_cast<double>(activations.n_tokens());
  const size_t wanted = components == 0 ? activations.n_neurons() : components;
  Eigen eigen = EXCISE_TRY(leading_eigen(
      op.centre == Mean::kNeuron ? moments.scatter() : moments.products(),
      wanted, seed));
  for (double& value : eigen.values) value = std::sqrt(std::max(value, 0.0));
  const size_t kept = EXCISE_TRY(number_to_keep(eigen.values, components));
  LinearParts parts;
  parts.atoms =
      converted<double>(std::as_const(eigen.vectors).view().row_range(0, kept));
  eigen.values.resize(kept);
  parts.values = std::move(eigen.values);
  parts.mean = std::move(mean);
  return parts;
}

}  // namespace

Result<LinearParts> svd_parts(const Activations& activations,
                              RemovalOperator op, size_t components,
                              uint64_t seed) {
  LinearParts parts =
      activations.n_tokens() <= activations.n_neurons()
          ? EXCISE_TRY(from_tokens(activations, op, components))
          : EXCISE_TRY(from_moments(activations, op, components, seed));
  parts.basis = "svd";
  parts.op = op;
  const bool uses_mean =
      op.centre == Mean::kNeuron || op.restore == Mean::kNeuron;
  if (!uses_mean) parts.mean.clear();
  return parts;
}

FittedBasis fit_svd(const FitInput& input) {
  const FitOptions& options = input.options;
  const Activations& activations = input.activations;
  // By itself as many as there can be, but no more than that.
  const size_t most =
      std::min({kDefaultComponents, activations.n_neurons(),
                std::max<size_t>(activations.n_tokens(), 2) - 1});
  const size_t components = EXCISE_TRY(components_to_fit(input, "svd", most));
  auto parts =
      svd_parts(activations, options.removal, components, options.seed);
  if (!parts && options.components == 0 && components > 1) {
    parts = svd_parts(activations, options.removal, 0, options.seed);
  }
  return std::make_unique<LinearBasis>(EXCISE_TRY(std::move(parts)));
}

Result<std::unique_ptr<const Decomposition>> fit_text_svd(
    MatrixView<const float> a, RemovalOperator op) {
  return std::make_unique<TextSvd>(EXCISE_TRY(decompose(a, op)));
}

}  // namespace excise
