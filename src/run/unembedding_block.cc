#include "run/unembedding_block.h"

#include "io/dtype.h"
#include "io/mapped_file.h"

namespace excise {

Result<UnembeddingBlock> UnembeddingBlock::load(const StoredTensor& tensor,
                                                size_t first, size_t count) {
  UnembeddingBlock block;
  const size_t row_bytes = stored_bytes(tensor.dtype, tensor.cols());
  map_pages(tensor.bytes.subspan(first * row_bytes, count * row_bytes));
  if (const auto all = tensor.as_float_view()) {
    block.view_ = all->row_range(first, count);
    return block;
  }
  block.storage_ = Matrix<float>::uninitialized(count, tensor.cols());
  EXCISE_CHECK(tensor.copy_rows(first, block.storage_));
  block.view_ = block.storage_.view();
  return block;
}

}  // namespace excise
