#include "intervention/bases/random_basis.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/random.h"
#include "intervention/bases/svd.h"
#include "math/linalg/product.h"

namespace excise {
namespace {

constexpr size_t kDefaultComponents = 16;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// [count, dimensions] with orthonormal rows, uniform among such: normal
// numbers, made orthogonal twice for the sake of rounding.
Matrix<double> orthonormal_rows(size_t count, size_t dimensions,
                                Random& random) {
  Matrix<double> rows(count, dimensions);
  for (double& value : rows.values()) value = random.normal();
  for (size_t k = 0; k < count; ++k) {
    const auto row = rows.row(k);
    for (const int pass : {1, 2}) {
      for (size_t i = 0; i < k; ++i) {
        const double along = dot(row, rows.row(i));
        for (size_t j = 0; j < dimensions; ++j) row[j] -= along * rows(i, j);
      }
      const double length = std::sqrt(dot(row, row));
      for (double& value : row) value /= length;
      if (pass == 2) break;
    }
  }
  return rows;
}

}  // namespace

FittedBasis fit_random(const FitInput& input) {
  const size_t most =
      std::min(kDefaultComponents,
               std::max<size_t>(input.activations.n_tokens(), 2) - 1);
  const size_t components =
      EXCISE_TRY(components_to_fit(input, "random", most));
  // The right singular vectors span the row space.
  LinearParts parts =
      EXCISE_TRY(svd_parts(input.activations, {Mean::kNeuron, Mean::kNeuron}, 0,
                           input.options.seed));
  const size_t rank = parts.atoms.rows();
  if (components > rank && input.options.components != 0) {
    return fail(ErrorCode::kBadInput,
                {.where = "fit",
                 .subject = "components of the random basis",
                 .expected = "at most " + std::to_string(rank) + ", the rank",
                 .found = std::to_string(components)});
  }
  Random random(input.options.seed, input.options.stream);
  const Matrix<double> mixing =
      orthonormal_rows(std::min(components, rank), rank, random);
  parts.basis = "random";
  parts.atoms = product(mixing, parts.atoms);
  parts.values.clear();
  return std::make_unique<LinearBasis>(std::move(parts));
}

}  // namespace excise
