// What the edit of a branch and each later part of the model, an attention or
// an MLP, change in the residual stream.
#ifndef EXCISE_RUN_STREAM_PARTS_H_
#define EXCISE_RUN_STREAM_PARTS_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"
#include "run/branch.h"

namespace excise {

// Parts are counted in the order in which they add to the stream.
constexpr size_t attn_part(size_t layer) { return 2 * layer; }
constexpr size_t mlp_part(size_t layer) { return 2 * layer + 1; }
// Which of them a kAdd belongs to.
size_t part_of(const BlockStep& add, size_t layer);

// The first part that sees what the edit wrote to the stream. What the edit
// writes is the change of the attention's or MLP's output in which it stands,
// or the edit itself where that is of the stream.
size_t first_part_behind(const Branch& branch);

// The differences of one pass, kept where a branch asks for its parts.
class StreamParts {
 public:
  // Borrows the branches.
  StreamParts(const ModelConfig& config, size_t tokens,
              std::span<const Branch> branches);

  // Bytes for one branch.
  static size_t bytes(const ModelConfig& config, size_t tokens,
                      const Branch& branch);

  // The difference [tokens, d_model] of branch b in the stream in front of a
  // layer, where it may be edited, or behind a part. Ignored where it is not
  // needed.
  void note_input(size_t b, size_t layer, MatrixView<const float> difference);
  void note_part(size_t b, size_t part, MatrixView<const float> difference);

  // How many differences branch b has: behind its edit, and behind each of the
  // parts from first_part_behind() on.
  size_t count(size_t b) const;
  MatrixView<const float> difference(size_t b, size_t i) const;

 private:
  void note(size_t b, size_t i, MatrixView<const float> difference);

  size_t tokens_;
  std::span<const Branch> branches_;
  std::vector<Matrix<float>> differences_;  // [branches]
};

}  // namespace excise

#endif  // EXCISE_RUN_STREAM_PARTS_H_
