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

void apply_linear_part(const AffineChange& change, MatrixView<double> rows) {
  const size_t width = change.width();
  std::vector<double> codes(change.filters.rows());
  for (size_t i = 0; i < rows.rows(); ++i) {
    double* row = rows.row(i).data();
    for (size_t k = 0; k < codes.size(); ++k) {
      codes[k] = dot(row, change.filters.row(k).data(), width);
    }
    for (size_t k = 0; k < codes.size(); ++k) {
      add_scaled(change.atoms.row(k).data(), -codes[k], width, row);
    }
  }
}

void fold_into_output_bias(const AffineChange& change,
                           MatrixView<double> bias) {
  apply_linear_part(change, bias);
  double* row = bias.row(0).data();
  for (size_t k = 0; k < change.offsets.size(); ++k) {
    add_scaled(change.atoms.row(k).data(), change.offsets[k], change.width(),
               row);
  }
  add_scaled(change.shift.data(), 1, change.width(), row);
}

InputFold::InputFold(const AffineChange& change, size_t outputs)
    : change_(change),
      constant_(change.shift),
      atoms_product_(change.atoms.rows(), outputs),
      bias_change_(1, outputs) {
  for (size_t k = 0; k < change.offsets.size(); ++k) {
    add_scaled(change.atoms.row(k).data(), change.offsets[k], change.width(),
               constant_.data());
  }
}

void InputFold::collect(size_t first_row,
                        MatrixView<const double> weight_rows) {
  for (size_t i = 0; i < weight_rows.rows(); ++i) {
    const double* row = weight_rows.row(i).data();
    const size_t n = weight_rows.cols();
    for (size_t k = 0; k < change_.atoms.rows(); ++k) {
      add_scaled(row, change_.atoms(k, first_row + i), n,
                 atoms_product_.row(k).data());
    }
    add_scaled(row, constant_[first_row + i], n, bias_change_.data());
  }
}

void InputFold::change_rows(size_t first_row,
                            MatrixView<double> weight_rows) const {
  for (size_t i = 0; i < weight_rows.rows(); ++i) {
    for (size_t k = 0; k < change_.filters.rows(); ++k) {
      add_scaled(atoms_product_.row(k).data(),
                 -change_.filters(k, first_row + i), weight_rows.cols(),
                 weight_rows.row(i).data());
    }
  }
}

void InputFold::change_bias(MatrixView<double> bias) const {
  add_scaled(bias_change_.data(), 1, bias.cols(), bias.row(0).data());
}

}  // namespace excise
