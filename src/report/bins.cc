#include "report/bins.h"

#include <algorithm>
#include <cmath>

namespace excise {
namespace {

// The bin of a finite value in [low, high].
size_t bin_of(double value, double low, double high, size_t bins) {
  const double place = (value - low) / (high - low) * static_cast<double>(bins);
  return static_cast<size_t>(
      std::clamp(place, 0.0, static_cast<double>(bins - 1)));
}

// A range that can be divided, also where all values are the same.
std::pair<double, double> with_width(std::pair<double, double> range) {
  if (range.second > range.first) return range;
  const double margin = std::max(1e-6, std::abs(range.first) * 1e-3);
  return {range.first - margin, range.first + margin};
}

}  // namespace

std::pair<double, double> range_of(std::span<const double> values) {
  bool found = false;
  std::pair<double, double> range{0, 0};
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    range.first = found ? std::min(range.first, value) : value;
    range.second = found ? std::max(range.second, value) : value;
    found = true;
  }
  return range;
}

std::pair<double, double> joined(std::pair<double, double> a,
                                 std::pair<double, double> b) {
  return {std::min(a.first, b.first), std::max(a.second, b.second)};
}

Histogram::Histogram(std::pair<double, double> range, size_t bins)
    : low(with_width(range).first),
      high(with_width(range).second),
      counts(bins) {}

void Histogram::add(double value) {
  if (std::isfinite(value))
    counts[bin_of(value, low, high, counts.size())] += 1;
}

std::vector<double> Histogram::middles() const {
  std::vector<double> middles(counts.size());
  const double width = (high - low) / static_cast<double>(counts.size());
  for (size_t i = 0; i < middles.size(); ++i) {
    middles[i] = low + (static_cast<double>(i) + 0.5) * width;
  }
  return middles;
}

Density::Density(std::pair<double, double> range, size_t bin_count)
    : low(with_width(range).first),
      high(with_width(range).second),
      bins(bin_count),
      counts(bin_count * bin_count) {}

void Density::add(double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y)) return;
  counts[bin_of(y, low, high, bins) * bins + bin_of(x, low, high, bins)] += 1;
}

Blocks block_means(MatrixView<const double> matrix, size_t most) {
  Blocks blocks;
  const size_t longest = std::max(matrix.rows(), matrix.cols());
  blocks.block = std::max<size_t>(1, (longest + most - 1) / most);
  const size_t block = blocks.block;
  blocks.rows = (matrix.rows() + block - 1) / block;
  blocks.cols = (matrix.cols() + block - 1) / block;
  blocks.values.reserve(blocks.rows * blocks.cols);
  for (size_t i = 0; i < matrix.rows(); i += block) {
    for (size_t j = 0; j < matrix.cols(); j += block) {
      const size_t rows = std::min(block, matrix.rows() - i);
      const size_t cols = std::min(block, matrix.cols() - j);
      double sum = 0;
      for (size_t k = 0; k < rows; ++k) {
        for (const double value : matrix.row(i + k).subspan(j, cols)) {
          sum += value;
        }
      }
      blocks.values.push_back(sum / static_cast<double>(rows * cols));
    }
  }
  return blocks;
}

}  // namespace excise
