#include "experiment/sweep/cells.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace excise {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

std::optional<double> cosine(double product, double square_a, double square_b) {
  const double size = std::sqrt(square_a) * std::sqrt(square_b);
  if (!(size > 0)) return std::nullopt;
  return std::clamp(product / size, -1.0, 1.0);
}

// row -= what token t loses.
void subtract_removed(const Removed& removed, size_t t, std::span<double> row) {
  for (size_t k = 0; k < removed.atoms.rows(); ++k) {
    const double code = removed.codes(t, k);
    const auto atom = removed.atoms.row(k);
    for (size_t j = 0; j < row.size(); ++j) row[j] -= code * atom[j];
  }
}

// The restored mean B is one direction, more or less of it at each token; this
// is its largest row.
class RestoredMean {
 public:
  explicit RestoredMean(size_t neurons) : row_(neurons), centred_(neurons) {}

  // exchanged: B - M of the token a.
  void add(const Decomposition& decomposition, std::span<const float> a,
           std::span<const double> exchanged) {
    std::ranges::copy(a, centred_.begin());
    size_ = std::max(size_, std::sqrt(dot(centred_, centred_)));
    decomposition.centre(centred_);
    for (size_t j = 0; j < a.size(); ++j)
      centred_[j] = static_cast<double>(a[j]) - centred_[j] + exchanged[j];
    const double square = dot(centred_, centred_);
    if (square <= square_) return;
    square_ = square;
    std::swap(row_, centred_);
  }

  std::optional<double> inside(const Matrix<double>& orthonormal) const {
    constexpr double kRounding = 1e-10;
    const double size = std::sqrt(square_);
    if (!(size > kRounding * size_)) return std::nullopt;
    double square = 0;
    for (size_t k = 0; k < orthonormal.rows(); ++k) {
      const double part = dot(row_, orthonormal.row(k)) / size;
      square += part * part;
    }
    return std::min(std::sqrt(square), 1.0);
  }

 private:
  std::vector<double> row_, centred_;
  double square_ = 0;  // of row_
  double size_ = 0;    // of the largest activation
};

}  // namespace

MeanExchange mean_exchange_of(Cell cell) {
  return cell == Cell::kRemoved ? MeanExchange::kNone
                                : MeanExchange::kAsOperator;
}

std::string_view cell_name(Cell cell) {
  switch (cell) {
    case Cell::kPreset:
      return "preset";
    case Cell::kRemoved:
      return "removed";
    case Cell::kEmpty:
      return "empty";
  }
  return "";
}

std::string_view cells_name(Cells cells) {
  return cells == Cells::kAll ? "all" : "preset";
}

Result<Cells> parse_cells(std::string_view name) {
  for (const Cells cells : {Cells::kAll, Cells::kPreset}) {
    if (cells_name(cells) == name) return cells;
  }
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = "cells",
                                     .expected = "all or preset",
                                     .found = "\"" + std::string(name) + "\""});
}

CellChanges cell_changes(const Decomposition& decomposition,
                         MatrixView<const float> a, const Removed& removed,
                         std::span<const uint8_t> edited, double strength) {
  double whole = 0;
  double empty = 0;  // squares of the changes,
  double taken = 0;
  double inner = 0;  // and the product of these two
  RestoredMean restored(a.cols());
  std::vector<double> exchange(a.cols()), removal(a.cols());
  for (size_t t = 0; t < a.rows(); ++t) {
    std::ranges::fill(exchange, 0.0);
    decomposition.add_mean_change(a.row(t), exchange);
    restored.add(decomposition, a.row(t), exchange);
    for (const float value : a.row(t))
      whole += static_cast<double>(value) * static_cast<double>(value);
    if (!edited.empty() && edited[t] == 0) continue;
    std::ranges::fill(removal, 0.0);
    subtract_removed(removed, t, removal);
    empty += dot(exchange, exchange);
    taken += dot(removal, removal);
    inner += dot(exchange, removal);
  }
  // The changes add up: preset = removed + empty.
  const double preset = std::max(empty + taken + 2 * inner, 0.0);
  const auto relative = [&](double square) {
    return whole > 0 ? std::abs(strength) * std::sqrt(square / whole) : 0;
  };
  CellChanges changes;
  changes.preset = relative(preset);
  changes.removed = relative(taken);
  changes.empty = relative(empty);
  if (strength != 0) {
    changes.cos_empty_removed = cosine(inner, empty, taken);
    changes.cos_empty_preset = cosine(empty + inner, empty, preset);
    changes.cos_removed_preset = cosine(taken + inner, taken, preset);
  }
  changes.restored_mean_in_removed = restored.inside(removed.atoms);
  return changes;
}

}  // namespace excise
