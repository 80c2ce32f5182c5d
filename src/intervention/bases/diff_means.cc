#include "intervention/bases/diff_means.h"

#include <cmath>
#include <utility>

#include "intervention/bases/moments.h"
#include "intervention/linear_basis.h"
#include "math/linalg/product.h"

namespace excise {

FittedBasis fit_diff_means(const FitInput& input) {
  const auto sizes = EXCISE_TRY(class_sizes(input, "diff-means", true));
  Matrix<double> means = EXCISE_TRY(class_means(input, sizes));
  LinearParts parts;
  parts.basis = "diff-means";
  parts.op = {Mean::kNeuron, Mean::kNeuron};
  parts.mean = overall_mean(means, sizes);
  parts.atoms = Matrix<double>(1, means.cols());
  double squares = 0, scale = 0;
  for (size_t j = 0; j < means.cols(); ++j) {
    const double difference = means(0, j) - means(1, j);
    parts.atoms(0, j) = difference;
    squares += difference * difference;
    scale += means(0, j) * means(0, j) + means(1, j) * means(1, j);
  }
  // Below what sums in double resolve.
  if (!(squares > 1e-24 * scale)) return equal_classes("diff-means");
  for (double& value : parts.atoms.values()) value /= std::sqrt(squares);
  parts.values = {std::sqrt(squares)};
  parts.class_codes = codes_of_means(means, parts.mean, parts.atoms);
  return std::make_unique<LinearBasis>(std::move(parts));
}

}  // namespace excise
