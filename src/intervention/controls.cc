#include "intervention/controls.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "math/linalg/product.h"
#include "math/linalg/random_directions.h"
#include "math/linalg/svd.h"
#include "math/linalg/symmetric.h"

namespace excise {
namespace {

// The symmetric S with S S = atoms atoms^T.
Result<Matrix<double>> root_of_gram(const Matrix<double>& atoms) {
  const Eigen eigen = EXCISE_TRY(eigen_decompose(row_gram(atoms)));
  Matrix<double> scaled = eigen.vectors.clone();
  for (size_t k = 0; k < scaled.rows(); ++k) {
    const double root = std::sqrt(std::max(eigen.values[k], 0.0));
    for (double& value : scaled.row(k)) value *= root;
  }
  return product_at(eigen.vectors, scaled);
}

Matrix<double> with_shuffled_columns(const Matrix<double>& atoms,
                                     Random& random) {
  std::vector<size_t> order(atoms.cols());
  std::iota(order.begin(), order.end(), size_t{0});
  random.shuffle(order);
  Matrix<double> shuffled(atoms.rows(), atoms.cols());
  for (size_t i = 0; i < atoms.rows(); ++i) {
    for (size_t j = 0; j < atoms.cols(); ++j)
      shuffled(i, j) = atoms(i, order[j]);
  }
  return shuffled;
}

}  // namespace

std::string_view control_name(Control control) {
  switch (control) {
    case Control::kRandomRank:
      return "random-rank";
    case Control::kNormMatched:
      return "norm-matched";
    case Control::kNeuronShuffle:
      return "neuron-shuffle";
  }
  return "";
}

Result<Control> parse_control(std::string_view name) {
  std::vector<std::string> known;
  for (const Control control : kControls) {
    if (control_name(control) == name) return control;
    known.emplace_back(control_name(control));
  }
  const auto near = near_names(name, known);
  return fail(
      ErrorCode::kBadInput,
      {.where = "controls",
       .subject = "a control",
       .expected = "random-rank, norm-matched or neuron-shuffle",
       .found = "\"" + std::string(name) + "\"",
       .hint = near.empty() ? "" : "did you mean " + near.front() + "?"});
}

Result<ActivationSpace> activation_space(const Decomposition& decomposition,
                                         MatrixView<const float> a) {
  ActivationSpace space{converted<double>(a), {}};
  for (size_t t = 0; t < a.rows(); ++t)
    decomposition.centre(space.centred.row(t));
  if (!decomposition.singular_values().empty()) {  // the svd of this text
    std::vector<size_t> all(decomposition.n_components());
    std::iota(all.begin(), all.end(), size_t{0});
    space.row_space = EXCISE_TRY(decomposition.atoms(all));
    return space;
  }
  const Svd svd = EXCISE_TRY(thin_svd(space.centred.clone()));
  space.row_space = Matrix<double>(svd.rank(), a.cols());
  for (size_t k = 0; k < svd.rank(); ++k)
    std::ranges::copy(svd.vectors(k).right, space.row_space.row(k).begin());
  return space;
}

Result<Removed> draw_control(Control control, const Removed& real,
                             const ActivationSpace& space, Random& random) {
  switch (control) {
    case Control::kRandomRank: {
      Matrix<double> directions = EXCISE_TRY(
          random_directions(space.row_space, real.atoms.rows(), random));
      return Removed{product_bt(space.centred, directions),
                     std::move(directions)};
    }
    case Control::kNormMatched: {
      Matrix<double> directions = EXCISE_TRY(
          random_directions(space.row_space, real.atoms.rows(), random));
      return Removed{product(real.codes, EXCISE_TRY(root_of_gram(real.atoms))),
                     std::move(directions)};
    }
    case Control::kNeuronShuffle:
      return Removed{real.codes.clone(),
                     with_shuffled_columns(real.atoms, random)};
  }
  return fail(ErrorCode::kInternal,
              {.where = "controls", .subject = "an unknown control"});
}

}  // namespace excise
