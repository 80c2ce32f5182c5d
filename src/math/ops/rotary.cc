#include "math/ops/rotary.h"

#include <cmath>

namespace excise {
namespace {

// Below this many elements a second thread costs more than it saves.
constexpr size_t kParallelElements = 16384;

// The compiler vectorises both loops. x: the columns of one head.
void rotate_halves(float* x, const float* cos, const float* sin, size_t pairs) {
  float* const first = x;
  float* const second = x + pairs;
#pragma omp simd
  for (size_t i = 0; i < pairs; ++i) {
    const float a = first[i];
    const float b = second[i];
    first[i] = a * cos[i] - b * sin[i];
    second[i] = b * cos[i] + a * sin[i];
  }
}

void rotate_adjacent(float* x, const float* cos, const float* sin,
                     size_t pairs) {
#pragma omp simd
  for (size_t i = 0; i < pairs; ++i) {
    const float a = x[2 * i];
    const float b = x[2 * i + 1];
    x[2 * i] = a * cos[i] - b * sin[i];
    x[2 * i + 1] = b * cos[i] + a * sin[i];
  }
}

}  // namespace

RotaryTable::RotaryTable(std::span<const double> inverse_frequencies,
                         double magnitude, size_t n_positions)
    : cos_(Matrix<float>::uninitialized(n_positions,
                                        inverse_frequencies.size())),
      sin_(Matrix<float>::uninitialized(n_positions,
                                        inverse_frequencies.size())) {
#pragma omp parallel for schedule(static) if (cos_.size() > kParallelElements)
  for (size_t t = 0; t < n_positions; ++t) {
    for (size_t i = 0; i < inverse_frequencies.size(); ++i) {
      const double angle = static_cast<double>(t) * inverse_frequencies[i];
      cos_(t, i) = static_cast<float>(magnitude * std::cos(angle));
      sin_(t, i) = static_cast<float>(magnitude * std::sin(angle));
    }
  }
}

void rotate(MatrixView<float> x, size_t d_head, RotaryPairs pairs,
            const RotaryTable& table, size_t first_position, size_t period) {
  const auto turn =
      pairs == RotaryPairs::kHalves ? &rotate_halves : &rotate_adjacent;
  const size_t n_pairs = table.n_pairs();
#pragma omp parallel for schedule(static) if (x.rows() * x.cols() > \
                                              kParallelElements)
  for (size_t row = 0; row < x.rows(); ++row) {
    const size_t position = first_position + row % period;
    const float* cos = table.cos(position).data();
    const float* sin = table.sin(position).data();
    for (size_t column = 0; column + d_head <= x.cols(); column += d_head)
      turn(x.row(row).data() + column, cos, sin, n_pairs);
  }
}

}  // namespace excise
