// What differences need of the clean run in the block at hand: the values at
// its nonlinear steps, and those at hooks that branches edit.
#ifndef EXCISE_RUN_CLEAN_BLOCK_H_
#define EXCISE_RUN_CLEAN_BLOCK_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"
#include "run/branch.h"

namespace excise {

// Filled by the rows that carry the clean run, which go through a block first.
class CleanBlock {
 public:
  // branches: all that may edit.
  CleanBlock(const ModelConfig& config, size_t tokens,
             std::span<const Branch> branches);
  // With one value of the stream's width for the edits at a hook.
  static size_t bytes(const ModelConfig& config, size_t tokens);

  // What a step takes and gives, [tokens, width]; a view without rows where
  // nobody asks for it.
  MatrixView<float> in(size_t step);
  MatrixView<float> with(size_t step);  // of a gate
  MatrixView<float> out(size_t step);

 private:
  std::vector<Matrix<float>> values_;  // one after the other in the block
  std::vector<size_t> in_of_, with_of_, out_of_;  // of each step, among them
};

}  // namespace excise

#endif  // EXCISE_RUN_CLEAN_BLOCK_H_
