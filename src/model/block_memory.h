// Where the values of a block lie while it runs, from the order of its steps.
#ifndef EXCISE_MODEL_BLOCK_MEMORY_H_
#define EXCISE_MODEL_BLOCK_MEMORY_H_

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"

namespace excise {

// Whether a value is needed again behind step s: written there or before, read
// later.
bool is_live_behind(std::span<const BlockStep> steps, size_t s, Value value);

// Values of one width that are never needed together share memory. Not one
// memory for different widths: products are slow where rows have gaps.
struct MemoryPlan {
  // Of each value; nothing where no step makes it, and for the stream, which is
  // whoever's that runs the blocks.
  std::array<std::optional<size_t>, kValues> memory_of = {};
  std::vector<size_t> widths;  // of each memory

  std::optional<size_t> operator[](Value value) const {
    return memory_of[static_cast<size_t>(value)];
  }
};

MemoryPlan memory_plan(const ModelConfig& config);

// Memory of the values of one block by that plan.
class BlockMemory {
 public:
  // Of so many rows; nothing where they are as many already.
  void resize(const ModelConfig& config, size_t rows);
  // stream: [rows, d_model]
  BlockValues values(MatrixView<float> stream);

 private:
  MemoryPlan plan_;
  size_t rows_ = 0;
  std::vector<Matrix<float>> memories_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_BLOCK_MEMORY_H_
