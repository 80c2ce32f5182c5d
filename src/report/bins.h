// Many numbers made few, for a figure: histograms, densities, block means.
#ifndef EXCISE_REPORT_BINS_H_
#define EXCISE_REPORT_BINS_H_

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "core/matrix.h"

namespace excise {

// Lowest and highest finite value; {0, 0} where there is none.
std::pair<double, double> range_of(std::span<const double> values);
// The smallest range that holds both.
std::pair<double, double> joined(std::pair<double, double> a,
                                 std::pair<double, double> b);

// Counts of equal bins from `low` to `high`. What is not finite is not counted.
struct Histogram {
  Histogram(std::pair<double, double> range, size_t bins);
  void add(double value);
  std::vector<double> middles() const;

  double low = 0, high = 0;
  std::vector<double> counts;
};

// How many pairs (x, y) fall into each of bins * bins equal squares of `range`.
struct Density {
  Density(std::pair<double, double> range, size_t bins);
  void add(double x, double y);

  double low = 0, high = 0;
  size_t bins = 0;
  std::vector<double> counts;  // [bins, bins], rows y
};

// The matrix itself where it has at most `most` rows and columns, else means of
// blocks of block x block entries (smaller at the end).
struct Blocks {
  std::vector<double> values;
  size_t rows = 0, cols = 0;
  size_t block = 1;
};
Blocks block_means(MatrixView<const double> matrix, size_t most);

}  // namespace excise

#endif  // EXCISE_REPORT_BINS_H_
