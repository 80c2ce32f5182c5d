// Cosines and sines for the rotary positions of a model's layers.
#ifndef EXCISE_MODEL_ROTARY_TABLES_H_
#define EXCISE_MODEL_ROTARY_TABLES_H_

#include <cstddef>
#include <vector>

#include "core/matrix.h"
#include "math/ops/rotary.h"
#include "model/architecture/config.h"

namespace excise {

class RotaryTables {
 public:
  RotaryTables() = default;
  // For positions 0 .. n_positions - 1. Throws std::bad_alloc.
  RotaryTables(const ModelConfig& config, size_t n_positions);

  size_t n_positions() const { return n_positions_; }
  // Turns queries and keys in place where the layer has rotary positions. qkv:
  // [rows, width of kQkv]; row i is at position first_position + i % period.
  void turn(const ModelConfig& config, size_t layer, MatrixView<float> qkv,
            size_t first_position, size_t period) const;

 private:
  size_t n_positions_ = 0;
  std::vector<RotaryTable> tables_;  // of each of the architecture's rotaries
};

}  // namespace excise

#endif  // EXCISE_MODEL_ROTARY_TABLES_H_
