#include "intervention/linear_basis.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/linalg/product.h"

namespace excise {
namespace {

Matrix<double> chosen_rows(MatrixView<const double> all,
                           std::span<const size_t> rows) {
  auto out = Matrix<double>::uninitialized(rows.size(), all.cols());
  for (size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(all.row(rows[i]), out.row(i).begin());
  return out;
}

void negate(std::span<double> values) {
  for (double& value : values) value = -value;
}

}  // namespace

LinearBasis::LinearBasis(LinearParts parts) : parts_(std::move(parts)) {
  for (size_t k = 0; k < n_components(); ++k) {
    const auto atom = parts_.atoms.row(k);
    const double largest = *std::ranges::max_element(
        atom, {}, [](double value) { return std::abs(value); });
    if (largest >= 0) continue;
    negate(atom);
    if (!parts_.filters.empty()) negate(parts_.filters.row(k));
    for (size_t c = 0; c < parts_.class_codes.rows(); ++c)
      parts_.class_codes(c, k) = -parts_.class_codes(c, k);
  }
}

MatrixView<const double> LinearBasis::filters() const {
  return parts_.filters.empty() ? parts_.atoms.view() : parts_.filters.view();
}

Status LinearBasis::check(std::span<const size_t> components) const {
  return check_components(components, n_components(),
                          "this " + parts_.basis + " basis of " +
                              std::to_string(n_components()) + " components");
}

// In blocks of rows, so that `a` is never held in double as a whole.
Result<Matrix<double>> LinearBasis::encode(
    MatrixView<const float> a, std::span<const size_t> components) const {
  EXCISE_CHECK(check(components));
  EXCISE_CHECK(check_neurons(*this, a));
  const Matrix<double> rows = chosen_rows(filters(), components);
  auto codes = Matrix<double>::uninitialized(a.rows(), components.size());
  constexpr size_t kBlockRows = 256;
  for (size_t first = 0; first < a.rows(); first += kBlockRows) {
    const size_t count = std::min(kBlockRows, a.rows() - first);
    auto centred = converted<double>(a.row_range(first, count));
    for (size_t t = 0; t < count; ++t) centre(centred.row(t));
    const Matrix<double> block = product_bt(centred, rows);
    for (size_t t = 0; t < count; ++t)
      std::ranges::copy(block.row(t), codes.row(first + t).begin());
  }
  return codes;
}

Result<Matrix<double>> LinearBasis::atoms(
    std::span<const size_t> components) const {
  EXCISE_CHECK(check(components));
  return chosen_rows(parts_.atoms.view(), components);
}

void LinearBasis::centre(std::span<double> row) const {
  subtract_mean(parts_.op.centre, parts_.mean, row);
}

void LinearBasis::add_mean_change(std::span<const float> a,
                                  std::span<double> row) const {
  add_mean_difference(parts_.op, parts_.mean, parts_.mean, a, row);
}

bool LinearBasis::identity_when_empty() const {
  return parts_.op.identity_when_empty();
}

}  // namespace excise
