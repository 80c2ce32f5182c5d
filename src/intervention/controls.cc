#include "intervention/controls.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/did_you_mean.h"
#include "math/linalg/product.h"
#include "math/linalg/random_directions.h"
#include "math/linalg/svd.h"

namespace excise {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

struct RowFactors {
  Matrix<double> codes;       // [rows, rank]
  Matrix<double> directions;  // orthonormal [rank, cols]
};

// x = codes directions. The largest rest of a row gives the next direction,
// until none is left.
RowFactors factors_of_rows(Matrix<double> x) {
  constexpr double kRounding = 1e-12;
  std::vector<std::vector<double>> columns, directions;
  double first = 0;
  while (columns.size() < std::min(x.rows(), x.cols())) {
    size_t pivot = 0;
    double largest = 0;
    for (size_t t = 0; t < x.rows(); ++t) {
      const double square = dot(x.row(t), x.row(t));
      if (square > largest) pivot = t;
      largest = std::max(largest, square);
    }
    first = std::max(first, largest);
    if (!(std::sqrt(largest) > kRounding * std::sqrt(first))) break;
    std::vector<double>& direction =
        directions.emplace_back(x.row(pivot).begin(), x.row(pivot).end());
    for (double& value : direction) value /= std::sqrt(largest);
    std::vector<double>& codes = columns.emplace_back(x.rows());
    for (size_t t = 0; t < x.rows(); ++t) {
      codes[t] = dot(x.row(t), direction);
      for (size_t j = 0; j < x.cols(); ++j) x(t, j) -= codes[t] * direction[j];
    }
  }
  RowFactors factors{Matrix<double>(x.rows(), columns.size()),
                     Matrix<double>(columns.size(), x.cols())};
  for (size_t k = 0; k < columns.size(); ++k) {
    for (size_t t = 0; t < x.rows(); ++t) factors.codes(t, k) = columns[k][t];
    std::ranges::copy(directions[k], factors.directions.row(k).begin());
  }
  return factors;
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
    case Control::kElsewhere:
      return "elsewhere";
  }
  return "";
}

Result<Control> parse_control(std::string_view name) {
  std::vector<std::string> known;
  for (const Control control : kControls) {
    if (control_name(control) == name) return control;
    known.emplace_back(control_name(control));
  }
  return fail(
      ErrorCode::kBadInput,
      {.where = "controls",
       .subject = "a control",
       .expected = "random-rank, norm-matched, neuron-shuffle or elsewhere",
       .found = "\"" + std::string(name) + "\"",
       .hint = did_you_mean(name, known, 1)});
}

Matrix<double> centred_rows(const Decomposition& decomposition,
                            MatrixView<const float> a) {
  Matrix<double> centred = converted<double>(a);
  for (size_t t = 0; t < a.rows(); ++t) decomposition.centre(centred.row(t));
  return centred;
}

Result<ActivationSpace> activation_space(const Decomposition& decomposition,
                                         MatrixView<const float> a) {
  ActivationSpace space{centred_rows(decomposition, a), {}};
  if (!decomposition.singular_values().empty()) {  // the svd of this text
    space.row_space =
        EXCISE_TRY(decomposition.atoms(all_components(decomposition)));
    return space;
  }
  const Svd svd = EXCISE_TRY(thin_svd(space.centred.clone()));
  space.row_space = Matrix<double>(svd.rank(), a.cols());
  for (size_t k = 0; k < svd.rank(); ++k)
    std::ranges::copy(svd.vectors(k).right, space.row_space.row(k).begin());
  return space;
}

ChangeParts take_apart(Matrix<double> change,
                       MatrixView<const double> row_space) {
  Matrix<double> inside = product_bt(change, row_space);
  const Matrix<double> projected = product(inside, row_space);
  for (size_t i = 0; i < change.size(); ++i)
    change.values()[i] -= projected.values()[i];
  return {std::move(change), factors_of_rows(std::move(inside)).codes};
}

Matrix<double> directions_of_change(const Matrix<double>& change,
                                    MatrixView<const double> row_space) {
  return product(factors_of_rows(product_bt(change, row_space)).directions,
                 row_space);
}

ChangeParts take_apart_along(Matrix<double> change,
                             MatrixView<const double> directions) {
  Matrix<double> codes = product_bt(change, directions);
  const Matrix<double> along = product(codes, directions);
  for (size_t i = 0; i < change.size(); ++i)
    change.values()[i] -= along.values()[i];
  return {std::move(change), std::move(codes)};
}

Result<Matrix<double>> draw_norm_matched(const ChangeParts& parts,
                                         MatrixView<const double> row_space,
                                         Random& random) {
  const size_t rank = parts.codes.cols();
  const size_t dimensions = row_space.rows();
  if (rank >= dimensions) {
    return fail(ErrorCode::kBadInput,
                {.where = "controls",
                 .subject = "norm-matched: dimensions of the activations",
                 .expected = "more than " + std::to_string(rank) +
                             ", those of the change that is matched",
                 .found = std::to_string(dimensions),
                 .hint = "take a longer text or fewer components"});
  }
  Matrix<double> drawn = product(
      parts.codes, EXCISE_TRY(random_directions(row_space, rank, random)));
  for (size_t i = 0; i < drawn.size(); ++i)
    drawn.values()[i] += parts.outside.values()[i];
  return drawn;
}

Status ControlSource::draw(Control control, MatrixView<const float> a,
                           Random& random, MatrixView<float> delta) {
  switch (control) {
    case Control::kRandomRank: {
      Matrix<double> directions = EXCISE_TRY(
          random_directions(space_.row_space, real_.atoms.rows(), random));
      const Removed drawn{product_bt(space_.centred, directions),
                          std::move(directions)};
      return change_without(decomposition_, a, drawn, mean_, delta);
    }
    case Control::kNormMatched: {
      if (!parts_) {
        Matrix<double> change = exact_change(decomposition_, a, real_, mean_);
        parts_ = space_.change.rows() == 0
                     ? take_apart(std::move(change), space_.row_space)
                     : take_apart_along(std::move(change), space_.change);
      }
      const Matrix<double> drawn =
          EXCISE_TRY(draw_norm_matched(*parts_, space_.row_space, random));
      for (size_t t = 0; t < delta.rows(); ++t) {
        std::ranges::transform(drawn.row(t), delta.row(t).begin(),
                               [](double v) { return static_cast<float>(v); });
      }
      return {};
    }
    case Control::kNeuronShuffle:
      return change_without(
          decomposition_, a,
          {real_.codes.clone(), with_shuffled_columns(real_.atoms, random)},
          mean_, delta);
    case Control::kElsewhere:
      break;
  }
  return fail(ErrorCode::kInternal,
              {.where = "controls", .subject = "a control of another place"});
}

}  // namespace excise
