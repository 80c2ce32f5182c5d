// Matrix products through oneDNN: y = x W (+ bias), in float32, or with
// bfloat16 inputs and float32 sums.
// https://oneapi-src.github.io/oneDNN/dev_guide_matmul.html
#ifndef EXCISE_MATH_OPS_MATMUL_H_
#define EXCISE_MATH_OPS_MATMUL_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/error.h"
#include "core/matrix.h"
#include "math/ops/bfloat16.h"

namespace excise {

// Whether products of BFloat16 run on this processor's own instructions, and
// whether they run at all: oneDNN emulates them with AVX-512.
bool has_native_bf16();
bool can_multiply_bf16();

// How a weight matrix lies in memory: kInOut is [inputs, outputs] (GPT-2's
// Conv1D), kOutIn is [outputs, inputs] (Linear, embedding).
enum class WeightLayout { kInOut, kOutIn };

// A weight matrix, ready for products: the caller's memory as it is, or a copy
// in the blocked layout that oneDNN is fastest with. Packing costs about one
// product of 40 rows. Its memory is kept and used again by the next pack(),
// because fresh pages cost three times the packing itself.
class MatmulWeight {
 public:
  MatmulWeight();
  MatmulWeight(MatmulWeight&&) noexcept;
  MatmulWeight& operator=(MatmulWeight&&) noexcept;
  ~MatmulWeight();

  // w must outlive the products. Error internal.
  Status borrow(MatrixView<const float> w, WeightLayout layout);
  // rows: about how many rows the products will have. Errors: out_of_memory,
  // internal; throws std::bad_alloc.
  Status pack(MatrixView<const float> w, WeightLayout layout, size_t rows);
  Status pack_bf16(MatrixView<const float> w, WeightLayout layout, size_t rows);

  size_t inputs() const;
  size_t outputs() const;

 private:
  friend struct MatmulRunner;
  friend bool has_kernel(const MatmulWeight& w, size_t rows);
  friend Status matmul_and_pack(MatrixView<const float> x,
                                MatrixView<const float> w, MatrixView<float> y,
                                bool accumulate, size_t packed_rows,
                                MatmulWeight& packed);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether products of so many rows with it have a kernel, and are no plain
// loop.
bool has_kernel(const MatmulWeight& w, size_t rows);

// y [rows, outputs] = x [rows, inputs] W, or y += x W with accumulate. x and y
// may have strides and must not overlap. The weight must be of the input's
// type. Errors: internal (shapes or types that do not fit), out_of_memory.
Status matmul(MatrixView<const float> x, const MatmulWeight& w,
              MatrixView<float> y, bool accumulate = false);
Status matmul(MatrixView<const BFloat16> x, const MatmulWeight& w,
              MatrixView<float> y, bool accumulate = false);
// The same with a weight as it lies.
Status matmul(MatrixView<const float> x, MatrixView<const float> w,
              WeightLayout layout, MatrixView<float> y);

// y = x w or y += x w in float32 with w [inputs, outputs] as it lies, and
// `packed` made of it on the way as by pack_bf16(w, kInOut, packed_rows): some
// outputs at a time, so that w comes from memory once. Errors: those of
// matmul().
Status matmul_and_pack(MatrixView<const float> x, MatrixView<const float> w,
                       MatrixView<float> y, bool accumulate, size_t packed_rows,
                       MatmulWeight& packed);

// y[i] += bias for every row. bias: [1, cols], or without rows: nothing.
void add_bias(MatrixView<const float> bias, MatrixView<float> y);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_MATMUL_H_
