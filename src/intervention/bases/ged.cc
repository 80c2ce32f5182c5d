#include "intervention/bases/ged.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "intervention/bases/moments.h"
#include "intervention/linear_basis.h"
#include "math/linalg/leading_eigen.h"
#include "math/linalg/product.h"

namespace excise {
namespace {

constexpr double kShrinkage = 0.01;

Matrix<double> covariance(const Moments& moments) {
  Matrix<double> scatter = moments.scatter();
  for (double& value : scatter.values())
    value /= static_cast<double>(moments.count() - 1);
  return scatter;
}

// w^T (sum a a^T) w over the tokens of both classes, for each filter.
std::vector<double> code_energies(const std::vector<Moments>& moments,
                                  const Matrix<double>& filters) {
  std::vector<double> energies(filters.rows());
  for (const Moments& of_class : moments) {
    const Matrix<double> images = product(filters, of_class.products());
    for (size_t k = 0; k < filters.rows(); ++k) {
      energies[k] +=
          std::inner_product(filters.row(k).begin(), filters.row(k).end(),
                             images.row(k).begin(), 0.0);
    }
  }
  return energies;
}

double norm(std::span<const double> v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

}  // namespace

FittedBasis fit_ged(const FitInput& input) {
  const auto sizes = EXCISE_TRY(class_sizes(input, "ged", true));
  const size_t components = EXCISE_TRY(components_to_fit(input, "ged", 1));
  const auto moments = EXCISE_TRY(class_moments(input, sizes.size()));
  const Matrix<double> s = covariance(moments[0]);
  Matrix<double> r = covariance(moments[1]);
  EXCISE_CHECK(shrink(input.options.shrinkage.value_or(kShrinkage), r));
  Eigen eigen =
      EXCISE_TRY(generalized_eigen(s.clone(), std::move(r), components));

  Matrix<double> atoms = product(eigen.vectors, s);
  std::vector<double> energies = code_energies(moments, eigen.vectors);
  for (size_t k = 0; k < components; ++k) {
    const auto atom = atoms.row(k);
    const double scale = std::inner_product(atom.begin(), atom.end(),
                                            eigen.vectors.row(k).begin(), 0.0);
    if (!(scale > 0)) return equal_classes("ged");
    for (double& value : atom) value /= scale;
    energies[k] = std::sqrt(energies[k]) * norm(atom);
  }
  std::vector<size_t> order(components);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(
      order, [&](size_t i, size_t j) { return energies[i] > energies[j]; });

  LinearParts parts;
  parts.basis = "ged";
  parts.atoms = Matrix<double>(components, s.cols());
  parts.filters = Matrix<double>(components, s.cols());
  for (size_t k = 0; k < components; ++k) {
    std::ranges::copy(atoms.row(order[k]), parts.atoms.row(k).begin());
    std::ranges::copy(eigen.vectors.row(order[k]),
                      parts.filters.row(k).begin());
    parts.values.push_back(eigen.values[order[k]]);
  }
  Matrix<double> means(2, s.cols());
  for (size_t c = 0; c < 2; ++c)
    std::ranges::copy(moments[c].mean(), means.row(c).begin());
  parts.class_codes = codes_of_means(means, {}, parts.filters);
  return std::make_unique<LinearBasis>(std::move(parts));
}

}  // namespace excise
