// Cosines and sines for the rotary positions of a model's layers, and how its
// queries grow with their position.
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
  // [rows, width of kQkv]; row i is at position first_position + i % period, of
  // a text of `text_tokens`.
  void turn(const ModelConfig& config, size_t layer, MatrixView<float> qkv,
            size_t first_position, size_t period, size_t text_tokens) const;

 private:
  size_t n_positions_ = 0;
  // Of each of the architecture's rotaries, and of texts that are long for it:
  // empty where there are none.
  std::vector<RotaryTable> tables_, long_tables_;
};

// Where rotary positions of a text change once it is longer; 0: nowhere.
size_t rotary_border(const ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_ROTARY_TABLES_H_
