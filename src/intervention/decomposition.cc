#include "intervention/decomposition.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "math/linalg/product.h"

namespace excise {
namespace {

std::vector<size_t> as_set(std::span<const size_t> components) {
  std::vector<size_t> set(components.begin(), components.end());
  std::ranges::sort(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

std::string shape_text(size_t rows, size_t cols) {
  return "[" + std::to_string(rows) + ", " + std::to_string(cols) + "]";
}

// ||C W||^2 = sum of the entries of C^T C times those of W W^T.
double removed_energy(const Removed& removed) {
  const Matrix<double> of_codes = product_at(removed.codes, removed.codes);
  const Matrix<double> of_atoms = product_bt(removed.atoms, removed.atoms);
  double sum = 0;
  for (size_t i = 0; i < of_codes.size(); ++i)
    sum += of_codes.values()[i] * of_atoms.values()[i];
  return std::max(sum, 0.0);
}

// Rows `first` and on of the change, [count, neurons].
Matrix<double> change_of_rows(const Decomposition& decomposition,
                              MatrixView<const float> a, const Removed& removed,
                              MeanExchange mean, size_t first, size_t count) {
  Matrix<double> change =
      product(removed.codes.view().row_range(first, count), removed.atoms);
  for (size_t i = 0; i < count; ++i) {
    const auto row = change.row(i);
    for (double& value : row) value = -value;
    if (mean == MeanExchange::kAsOperator)
      decomposition.add_mean_change(a.row(first + i), row);
  }
  return change;
}

}  // namespace

std::vector<size_t> all_components(const Decomposition& decomposition) {
  std::vector<size_t> all(decomposition.n_components());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

void Decomposition::centre(std::span<double> /*row*/) const {}

void Decomposition::add_mean_change(std::span<const float> /*a*/,
                                    std::span<double> /*row*/) const {}

Result<Removed> removed_by(const Decomposition& decomposition,
                           MatrixView<const float> a,
                           std::span<const size_t> components) {
  const auto set = as_set(components);
  return Removed{EXCISE_TRY(decomposition.encode(a, set)),
                 EXCISE_TRY(decomposition.atoms(set))};
}

Matrix<double> exact_change(const Decomposition& decomposition,
                            MatrixView<const float> a, const Removed& removed,
                            MeanExchange mean) {
  return change_of_rows(decomposition, a, removed, mean, 0, a.rows());
}

Status change_without(const Decomposition& decomposition,
                      MatrixView<const float> a, const Removed& removed,
                      MeanExchange mean, MatrixView<float> delta) {
  if (delta.rows() != a.rows() || delta.cols() != a.cols()) {
    return fail(ErrorCode::kBadInput,
                {.where = "removal",
                 .subject = "shape of the output",
                 .expected = shape_text(a.rows(), a.cols()),
                 .found = shape_text(delta.rows(), delta.cols())});
  }
  // In blocks, so that the doubles stay in the cache.
  constexpr size_t kBlockRows = 64;
  for (size_t first = 0; first < a.rows(); first += kBlockRows) {
    const size_t count = std::min(kBlockRows, a.rows() - first);
    const Matrix<double> change =
        change_of_rows(decomposition, a, removed, mean, first, count);
    for (size_t i = 0; i < count; ++i) {
      std::ranges::transform(change.row(i), delta.row(first + i).begin(),
                             [](double v) { return static_cast<float>(v); });
    }
  }
  return {};
}

Status removal_change(const Decomposition& decomposition,
                      MatrixView<const float> a,
                      std::span<const size_t> components,
                      MatrixView<float> delta) {
  return change_without(decomposition, a,
                        EXCISE_TRY(removed_by(decomposition, a, components)),
                        MeanExchange::kAsOperator, delta);
}

Result<double> component_energy(const Decomposition& decomposition,
                                MatrixView<const float> a,
                                std::span<const size_t> components) {
  return removed_energy(EXCISE_TRY(removed_by(decomposition, a, components)));
}

double centred_energy(const Decomposition& decomposition,
                      MatrixView<const float> a) {
  double sum = 0;
  std::vector<double> row(a.cols());
  for (size_t t = 0; t < a.rows(); ++t) {
    std::ranges::copy(a.row(t), row.begin());
    decomposition.centre(row);
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < row.size(); ++j) sum += row[j] * row[j];
  }
  return sum;
}

double energy_share(const Decomposition& decomposition,
                    MatrixView<const float> a, const Removed& removed) {
  const double whole = centred_energy(decomposition, a);
  return whole > 0 ? 100 * removed_energy(removed) / whole : 0;
}

Result<double> energy_share(const Decomposition& decomposition,
                            MatrixView<const float> a,
                            std::span<const size_t> components) {
  return energy_share(decomposition, a,
                      EXCISE_TRY(removed_by(decomposition, a, components)));
}

Status check_components(std::span<const size_t> components, size_t n_components,
                        const std::string& whole) {
  for (const size_t component : components) {
    if (component < n_components) continue;
    return fail(ErrorCode::kBadInput,
                {.where = "removal",
                 .subject = "component " + std::to_string(component),
                 .expected = n_components == 0
                                 ? "none for " + whole
                                 : "0 to " + std::to_string(n_components - 1) +
                                       " for " + whole,
                 .found = std::to_string(component)});
  }
  return {};
}

Status check_neurons(const Decomposition& decomposition,
                     MatrixView<const float> a) {
  if (a.cols() == decomposition.n_neurons()) return {};
  return fail(
      ErrorCode::kBadInput,
      {.where = "removal",
       .subject = "width of the activations",
       .expected = std::to_string(decomposition.n_neurons()) + ", as the " +
                   std::string(decomposition.basis()) + " basis has",
       .found = std::to_string(a.cols())});
}

}  // namespace excise
