#include "intervention/bases/random_basis.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/random.h"
#include "intervention/bases/svd.h"
#include "math/linalg/random_directions.h"

namespace excise {
namespace {

constexpr size_t kDefaultComponents = 16;

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
  parts.atoms = EXCISE_TRY(
      random_directions(parts.atoms, std::min(components, rank), random));
  parts.basis = "random";
  parts.values.clear();
  return std::make_unique<LinearBasis>(std::move(parts));
}

}  // namespace excise
