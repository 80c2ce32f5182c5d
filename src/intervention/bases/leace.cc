#include "intervention/bases/leace.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "intervention/bases/moments.h"
#include "intervention/linear_basis.h"
#include "math/linalg/product.h"
#include "math/linalg/svd.h"
#include "math/linalg/symmetric.h"

namespace excise {
namespace {

// Eigenvectors [r, neurons] of Sigma with eigenvalues above 0: all that W needs
// to be known on.
struct Spectrum {
  std::vector<double> values;
  Matrix<double> vectors;
};

void keep_first(size_t count, Spectrum& spectrum) {
  spectrum.values.resize(count);
  spectrum.vectors = converted<double>(
      std::as_const(spectrum.vectors).view().row_range(0, count));
}

// Sigma = S / n of all labelled tokens, about their mean.
Result<Spectrum> from_moments(const FitInput& input, double shrinkage) {
  std::vector<int> labelled(input.classes.begin(), input.classes.end());
  for (int& c : labelled) c = std::min(c, 0);
  const FitInput one_class{input.activations, labelled, input.options};
  auto moments = EXCISE_TRY(class_moments(one_class, 1));
  Matrix<double> covariance = moments.front().scatter();
  for (double& value : covariance.values())
    value /= static_cast<double>(moments.front().count());
  moments.clear();
  EXCISE_CHECK(shrink(shrinkage, covariance));
  Eigen eigen = EXCISE_TRY(eigen_decompose(std::move(covariance)));
  Spectrum spectrum{std::move(eigen.values), std::move(eigen.vectors)};
  const double smallest = kRankTolerance * kRankTolerance * spectrum.values[0];
  const auto rank =
      std::ranges::find_if(spectrum.values,
                           [&](double value) { return value <= smallest; }) -
      spectrum.values.begin();
  keep_first(static_cast<size_t>(rank), spectrum);
  return spectrum;
}

// The same from the tokens themselves, where they are fewer than the neurons.
Result<Spectrum> from_tokens(const FitInput& input,
                             std::span<const double> mean, double shrinkage) {
  Matrix<double> x = EXCISE_TRY(collected(input));
  const auto n = static_cast<double>(x.rows());
  const auto neurons = static_cast<double>(x.cols());
  for (size_t t = 0; t < x.rows(); ++t)
    subtract_mean(Mean::kNeuron, mean, x.row(t));
  const Svd svd = EXCISE_TRY(thin_svd(std::move(x)));
  const size_t rank = svd.rank();
  Spectrum spectrum;
  spectrum.vectors = Matrix<double>(rank, svd.matrix.cols());
  double trace = 0;
  for (const double s : svd.singular_values) trace += s * s / n;
  for (size_t k = 0; k < rank; ++k) {
    std::ranges::copy(svd.vectors(k).right, spectrum.vectors.row(k).begin());
    const double s = svd.singular_values[k];
    spectrum.values.push_back((1 - shrinkage) * s * s / n +
                              shrinkage * trace / neurons);
  }
  return spectrum;
}

// V Sigma_xz, [r, classes]: column c is n_c / n V (mean_c - mean).
Matrix<double> cross_covariance(const Spectrum& spectrum,
                                const Matrix<double>& means,
                                std::span<const double> mean,
                                std::span<const size_t> sizes) {
  Matrix<double> weighted = means.clone();
  double n = 0;
  for (const size_t size : sizes) n += static_cast<double>(size);
  for (size_t c = 0; c < sizes.size(); ++c) {
    subtract_mean(Mean::kNeuron, mean, weighted.row(c));
    for (double& value : weighted.row(c))
      value *= static_cast<double>(sizes[c]) / n;
  }
  return product_bt(spectrum.vectors, weighted);
}

}  // namespace

FittedBasis fit_leace(const FitInput& input) {
  const auto sizes = EXCISE_TRY(class_sizes(input, "leace", false));
  const Matrix<double> means = EXCISE_TRY(class_means(input, sizes));
  const double shrinkage = input.options.shrinkage.value_or(0);
  Matrix<double> nothing;
  EXCISE_CHECK(shrink(shrinkage, nothing));
  LinearParts parts;
  parts.basis = "leace";
  parts.op = {Mean::kNeuron, Mean::kNeuron};
  parts.mean = overall_mean(means, sizes);
  size_t tokens = 0;
  for (const size_t size : sizes) tokens += size;
  const Spectrum spectrum =
      tokens <= input.activations.n_neurons()
          ? EXCISE_TRY(from_tokens(input, parts.mean, shrinkage))
          : EXCISE_TRY(from_moments(input, shrinkage));

  // All in the coordinates of the eigenvectors, where W is diagonal.
  Matrix<double> whitened =
      cross_covariance(spectrum, means, parts.mean, sizes);
  for (size_t i = 0; i < whitened.rows(); ++i) {
    for (double& value : whitened.row(i))
      value /= std::sqrt(spectrum.values[i]);
  }
  const Svd svd = EXCISE_TRY(thin_svd(std::move(whitened)));
  // For one-hot classes these are at most 1; the last is 0 up to rounding.
  constexpr double kNoDifference = 1e-10;
  size_t rank = 0;
  while (rank < svd.rank() && svd.singular_values[rank] > kNoDifference) ++rank;
  if (rank == 0) return equal_classes("leace");
  Matrix<double> filters(rank, spectrum.values.size());
  Matrix<double> atoms(rank, spectrum.values.size());
  for (size_t k = 0; k < rank; ++k) {
    const std::vector<double> u = svd.vectors(k).left;
    for (size_t i = 0; i < u.size(); ++i) {
      const double root = std::sqrt(spectrum.values[i]);
      filters(k, i) = u[i] / root;
      atoms(k, i) = u[i] * root;
    }
  }
  parts.filters = product(filters, spectrum.vectors);
  parts.atoms = product(atoms, spectrum.vectors);
  parts.values.assign(
      svd.singular_values.begin(),
      svd.singular_values.begin() + static_cast<ptrdiff_t>(rank));
  parts.class_codes = codes_of_means(means, parts.mean, parts.filters);
  const size_t neurons = input.activations.n_neurons();
  if (tokens <= neurons) {
    parts.note = "fitted on " + std::to_string(tokens) +
                 " labelled tokens, no more than the " +
                 std::to_string(neurons) + " neurons";
    parts.note +=
        shrinkage > 0
            ? ", with shrinkage: what is erased may say little about other "
              "texts"
            : ": their covariance is singular, so that any classes can be told "
              "apart in its span, and what is erased says little about other "
              "texts; more tokens, or --shrinkage";
  }
  return std::make_unique<LinearBasis>(std::move(parts));
}

}  // namespace excise
