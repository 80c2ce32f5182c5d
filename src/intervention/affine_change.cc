#include "intervention/affine_change.h"

#include <algorithm>

namespace excise {
namespace {

// Four sums side by side; T is float or double.
template <typename T>
double dot(const T* a, const double* b, size_t n) {
  double parts[4] = {};
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (size_t k = 0; k < 4; ++k) {
      parts[k] += static_cast<double>(a[i + k]) * b[i + k];
    }
  }
  for (; i < n; ++i) parts[0] += static_cast<double>(a[i]) * b[i];
  return (parts[0] + parts[1]) + (parts[2] + parts[3]);
}

void add_scaled(const double* x, double factor, size_t n, double* y) {
  for (size_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

constexpr size_t kParallelElements = size_t{1} << 18;

// a' = a - a F^T A for each row.
void apply_linear_part(const AffineChange& change, MatrixView<double> rows) {
  const size_t width = change.width();
  const size_t components = change.offsets.size();
  Matrix<double> codes(rows.rows(), components);
#pragma omp parallel for schedule(static) if (rows.rows() * width > \
                                              kParallelElements)
  for (size_t i = 0; i < rows.rows(); ++i) {
    double* row = rows.row(i).data();
    for (size_t k = 0; k < components; ++k) {
      codes(i, k) = dot(row, change.filters.row(k).data(), width);
    }
    for (size_t k = 0; k < components; ++k) {
      add_scaled(change.atoms.row(k).data(), -codes(i, k), width, row);
    }
  }
}

}  // namespace

void apply_change(const AffineChange& change, MatrixView<float> rows) {
  const size_t width = change.width();
  std::vector<double> sum(width);
  for (size_t i = 0; i < rows.rows(); ++i) {
    float* row = rows.row(i).data();
    std::copy(change.shift.begin(), change.shift.end(), sum.begin());
    for (size_t k = 0; k < change.filters.rows(); ++k) {
      const double code =
          dot(row, change.filters.row(k).data(), width) - change.offsets[k];
      add_scaled(change.atoms.row(k).data(), -code, width, sum.data());
    }
    for (size_t j = 0; j < width; ++j) {
      row[j] = static_cast<float>(double{row[j]} + sum[j]);
    }
  }
}

void fold_into_output(const AffineChange& change, MatrixView<double> weight,
                      MatrixView<double> bias) {
  apply_linear_part(change, weight);
  apply_linear_part(change, bias);
  double* row = bias.row(0).data();
  for (size_t k = 0; k < change.offsets.size(); ++k) {
    add_scaled(change.atoms.row(k).data(), change.offsets[k], change.width(),
               row);
  }
  add_scaled(change.shift.data(), 1, change.width(), row);
}

void fold_into_input(const AffineChange& change, MatrixView<double> weight,
                     MatrixView<double> bias) {
  const size_t components = change.offsets.size();
  const size_t outputs = weight.cols();
  Matrix<double> product(components, outputs);  // A W
  for (size_t i = 0; i < weight.rows(); ++i) {
    const double* row = weight.row(i).data();
    double constant = change.shift[i];  // (o A + c)_i
    for (size_t k = 0; k < components; ++k) {
      constant += change.offsets[k] * change.atoms(k, i);
      add_scaled(row, change.atoms(k, i), outputs, product.row(k).data());
    }
    add_scaled(row, constant, outputs, bias.row(0).data());
  }
#pragma omp parallel for schedule(static) if (weight.rows() * outputs > \
                                              kParallelElements)
  for (size_t i = 0; i < weight.rows(); ++i) {
    for (size_t k = 0; k < components; ++k) {
      add_scaled(product.row(k).data(), -change.filters(k, i), outputs,
                 weight.row(i).data());
    }
  }
}

}  // namespace excise
