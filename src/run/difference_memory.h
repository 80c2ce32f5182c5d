// Where the differences lie that go through a block together.
#ifndef EXCISE_RUN_DIFFERENCE_MEMORY_H_
#define EXCISE_RUN_DIFFERENCE_MEMORY_H_

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "math/ops/bfloat16.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"
#include "model/block_memory.h"
#include "run/branch.h"
#include "run/run_options.h"

namespace excise {

// Whether what step s makes is added to the stream right behind it and goes
// nowhere else: then product and addition are one.
bool feeds_stream(std::span<const BlockStep> steps, size_t s);

// The values of a block by memory_plan(), but for the stream. Of rounded rows,
// those that only go into products are kept in 16 bits, and in float32 beside
// it where a branch is edited.
class DifferenceMemory {
 public:
  // branches: all that may edit.
  DifferenceMemory(const ModelConfig& config, std::span<const Branch> branches,
                   Compute compute, size_t rows);
  static size_t bytes_of_a_row(const ModelConfig& config, Compute compute);

  // Whether the value goes into products in 16 bits.
  bool is_rounded(Value value) const {
    return is_rounded_[static_cast<size_t>(value)];
  }
  // [rows, width]; of a value that no row keeps, without rows.
  MatrixView<float> wide(Value value);
  MatrixView<BFloat16> rounded(Value value);
  // Zeros in rows first .. end - 1 of a value.
  void clear(Value value, size_t first, size_t end);

 private:
  struct Memory {
    Matrix<float> wide;
    Matrix<BFloat16> rounded;
  };
  MemoryPlan plan_;
  std::array<bool, kValues> is_rounded_ = {};
  std::vector<Memory> memories_;  // of the plan
};

}  // namespace excise

#endif  // EXCISE_RUN_DIFFERENCE_MEMORY_H_
