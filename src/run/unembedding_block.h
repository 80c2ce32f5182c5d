// Rows of the unembedding, a block of the vocabulary, in float32.
#ifndef EXCISE_RUN_UNEMBEDDING_BLOCK_H_
#define EXCISE_RUN_UNEMBEDDING_BLOCK_H_

#include <cstddef>

#include "core/error.h"
#include "core/matrix.h"
#include "io/safetensors.h"

namespace excise {

// Tokens of the vocabulary worked on together.
constexpr size_t kVocabularyBlock = 4096;

// A view of the file where it stores float32, else of memory of its own.
class UnembeddingBlock {
 public:
  // Tokens first .. first + count - 1. Errors: those of copy_rows().
  static Result<UnembeddingBlock> load(const StoredTensor& tensor, size_t first,
                                       size_t count);
  MatrixView<const float> view() const { return view_; }  // [count, d_model]

 private:
  Matrix<float> storage_;
  MatrixView<const float> view_;
};

}  // namespace excise

#endif  // EXCISE_RUN_UNEMBEDDING_BLOCK_H_
