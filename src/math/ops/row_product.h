// Products of a few rows with a weight matrix as it lies in a file. Such a
// product costs the reading of the weights and little else, so they are neither
// widened in memory nor packed: F16 and BF16 become float32 in the register,
// which is exact. From kRowsWorthMatmul rows on, matmul() is faster.
#ifndef EXCISE_MATH_OPS_ROW_PRODUCT_H_
#define EXCISE_MATH_OPS_ROW_PRODUCT_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "io/safetensors.h"
#include "math/ops/matmul.h"

namespace excise {

constexpr size_t kRowsWorthMatmul = 16;

// A weight matrix of a file. Borrows the tensor's bytes, which must outlive it;
// copies them only where they are not aligned to their type.
class RowWeight {
 public:
  RowWeight() = default;
  RowWeight(RowWeight&&) noexcept = default;
  RowWeight& operator=(RowWeight&&) noexcept = default;
  // Error unsupported for a dtype other than F32, F16 and BF16.
  static Result<RowWeight> of(const StoredTensor& tensor, WeightLayout layout);

  size_t inputs() const;
  size_t outputs() const;

 private:
  friend struct RowProduct;
  std::span<const std::byte> bytes_;
  std::vector<std::byte> copy_;  // empty where bytes_ borrows
  DType dtype_ = DType::kF32;
  WeightLayout layout_ = WeightLayout::kInOut;
  size_t rows_ = 0;  // as stored
  size_t cols_ = 0;
  size_t d_head_of_pairs_ = 0;  // as of the tensor
};

// y [rows, outputs] = x [rows, inputs] W + bias, in float32. bias: [1,
// outputs], or a view without elements. The same for any number of threads.
// Error internal for shapes that do not fit.
Status row_product(MatrixView<const float> x, const RowWeight& w,
                   MatrixView<const float> bias, MatrixView<float> y);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_ROW_PRODUCT_H_
