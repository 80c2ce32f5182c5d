// Rotary position embedding: pairs of columns of each head turn by an angle
// that grows with the position. Linear, so differences turn as values do.
#ifndef EXCISE_MATH_OPS_ROTARY_H_
#define EXCISE_MATH_OPS_ROTARY_H_

#include <cstddef>
#include <span>

#include "core/matrix.h"

namespace excise {

// Which columns are a pair, of n that turn. kHalves: i and i + n / 2, as in
// NeoX and llama; kAdjacent: 2 i and 2 i + 1, as in GPT-J.
enum class RotaryPairs { kHalves, kAdjacent };

// Cosines and sines of every position and pair, computed in double.
class RotaryTable {
 public:
  RotaryTable() = default;
  // inverse_frequencies: radians per position, one a pair. magnitude multiplies
  // cosines and sines (yarn, longrope). For positions 0 .. n_positions - 1.
  // Throws std::bad_alloc.
  RotaryTable(std::span<const double> inverse_frequencies, double magnitude,
              size_t n_positions);

  size_t n_pairs() const { return cos_.cols(); }
  size_t n_positions() const { return cos_.rows(); }
  std::span<const float> cos(size_t position) const {
    return cos_.row(position);
  }
  std::span<const float> sin(size_t position) const {
    return sin_.row(position);
  }

 private:
  Matrix<float> cos_;  // [n_positions, n_pairs]
  Matrix<float> sin_;
};

// Turns the first 2 n_pairs columns of each head in place; the others pass. x:
// [rows, heads * d_head]; row i is at position first_position + i % period, so
// with a period of `tokens` it may be blocks of a text below each other. The
// table has all these positions; 2 n_pairs is at most d_head.
void rotate(MatrixView<float> x, size_t d_head, RotaryPairs pairs,
            const RotaryTable& table, size_t first_position, size_t period);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_ROTARY_H_
