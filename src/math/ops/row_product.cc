#include "math/ops/row_product.h"

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <string>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/row_product.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "io/blocks.h"
#include "math/ops/simd-inl.h"

#ifndef EXCISE_ROW_PRODUCT_SHARED_
#define EXCISE_ROW_PRODUCT_SHARED_
namespace excise {

// Up to kMostRows rows of x and a range of outputs.
struct RowProductPart {
  const float* x;
  size_t x_stride;
  size_t rows;
  const std::byte* weights;
  size_t weight_stride;  // elements
  size_t inputs;
  size_t first;  // output
  size_t count;
  float* y;  // of output 0, holding the bias
  size_t y_stride;
};

constexpr size_t kMostRows = 4;

}  // namespace excise
#endif  // EXCISE_ROW_PRODUCT_SHARED_

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {

template <class D>
HWY_INLINE hn::Vec<D> load_weight(D d, const float* w) {
  return hn::LoadU(d, w);
}
template <class D, typename T>
HWY_INLINE hn::Vec<D> load_weight(D d, const T* w) {
  const hn::Rebind<T, D> stored;
  return hn::PromoteTo(d, hn::LoadU(stored, w));
}

// W is [inputs, outputs]: y += x_k W_k, kTogether inputs k at a time, so that y
// is loaded and stored only once for them.
template <size_t Rows, typename T>
HWY_INLINE void add_inputs(const RowProductPart& part) {
  constexpr size_t kTogether = 4;
  const T* weights = reinterpret_cast<const T*>(part.weights) + part.first;
  float* y = part.y + part.first;
  size_t k = 0;
  for (; k + kTogether <= part.inputs; k += kTogether) {
    const T* w = weights + k * part.weight_stride;
    const float* x = part.x + k;
    for_each_vector(part.count, [&](auto d, size_t j) HWY_ATTR {
      const auto w0 = load_weight(d, w + j);
      const auto w1 = load_weight(d, w + part.weight_stride + j);
      const auto w2 = load_weight(d, w + 2 * part.weight_stride + j);
      const auto w3 = load_weight(d, w + 3 * part.weight_stride + j);
      for (size_t r = 0; r < Rows; ++r) {
        const float* xr = x + r * part.x_stride;
        float* yr = y + r * part.y_stride + j;
        auto low = hn::MulAdd(hn::Set(d, xr[0]), w0, hn::LoadU(d, yr));
        auto high = hn::Mul(hn::Set(d, xr[2]), w2);
        low = hn::MulAdd(hn::Set(d, xr[1]), w1, low);
        high = hn::MulAdd(hn::Set(d, xr[3]), w3, high);
        hn::StoreU(hn::Add(low, high), d, yr);
      }
    });
  }
  for (; k < part.inputs; ++k) {
    const T* w = weights + k * part.weight_stride;
    for_each_vector(part.count, [&](auto d, size_t j) HWY_ATTR {
      const auto w0 = load_weight(d, w + j);
      for (size_t r = 0; r < Rows; ++r) {
        float* yr = y + r * part.y_stride + j;
        hn::StoreU(hn::MulAdd(hn::Set(d, part.x[r * part.x_stride + k]), w0,
                              hn::LoadU(d, yr)),
                   d, yr);
      }
    });
  }
}

// W is [outputs, inputs]: y_j += x · W_j.
template <size_t Rows, typename T>
HWY_INLINE void add_dots(const RowProductPart& part) {
  const T* weights = reinterpret_cast<const T*>(part.weights);
  for (size_t j = part.first; j < part.first + part.count; ++j) {
    const T* w = weights + j * part.weight_stride;
    for (size_t r = 0; r < Rows; ++r) {
      const float* x = part.x + r * part.x_stride;
      part.y[r * part.y_stride + j] +=
          sum_of(part.inputs, [&](auto d, size_t i) HWY_ATTR {
            return hn::Mul(load_weight(d, w + i), hn::LoadU(d, x + i));
          });
    }
  }
}

template <typename T>
HWY_INLINE void multiply(WeightLayout layout, const RowProductPart& part) {
  const bool in_out = layout == WeightLayout::kInOut;
  switch (part.rows) {
    case 1:
      return in_out ? add_inputs<1, T>(part) : add_dots<1, T>(part);
    case 2:
      return in_out ? add_inputs<2, T>(part) : add_dots<2, T>(part);
    case 3:
      return in_out ? add_inputs<3, T>(part) : add_dots<3, T>(part);
    default:
      return in_out ? add_inputs<4, T>(part) : add_dots<4, T>(part);
  }
}

void MultiplyF32(WeightLayout layout, const RowProductPart& part) {
  multiply<float>(layout, part);
}
void MultiplyF16(WeightLayout layout, const RowProductPart& part) {
  multiply<hwy::float16_t>(layout, part);
}
void MultiplyBF16(WeightLayout layout, const RowProductPart& part) {
  multiply<hwy::bfloat16_t>(layout, part);
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {
namespace {

HWY_EXPORT(MultiplyF32);
HWY_EXPORT(MultiplyF16);
HWY_EXPORT(MultiplyBF16);

using Multiply = void (*)(WeightLayout, const RowProductPart&);

Multiply multiply_for(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return HWY_DYNAMIC_DISPATCH(MultiplyF16);
    case DType::kBF16:
      return HWY_DYNAMIC_DISPATCH(MultiplyBF16);
    default:
      return HWY_DYNAMIC_DISPATCH(MultiplyF32);
  }
}

// Below this many bytes of weights a second thread saves less than it costs
// when another program keeps it waiting.
constexpr size_t kParallelBytes = size_t{4} << 20;
// Outputs worked on together: four rows of them stay in the first cache.
constexpr size_t kMostOutputs = 1024;
constexpr size_t kLeastOutputs = 64;
// Inputs whose products are summed by one thread.
constexpr size_t kInputsTogether = 256;

}  // namespace

Result<RowWeight> RowWeight::of(const StoredTensor& tensor,
                                WeightLayout layout) {
  const bool blocks = dtype_block(tensor.dtype) > 1;
  if ((blocks && layout == WeightLayout::kInOut) ||
      (!blocks && tensor.dtype != DType::kF32 && tensor.dtype != DType::kF16 &&
       tensor.dtype != DType::kBF16)) {
    return fail(ErrorCode::kUnsupported,
                {.where = "row product",
                 .subject = "tensor " + tensor.name,
                 .expected = "F32, F16, BF16 or rows of blocks",
                 .found = std::string(dtype_name(tensor.dtype))});
  }
  RowWeight w;
  w.bytes_ = tensor.bytes;
  w.dtype_ = tensor.dtype;
  w.layout_ = layout;
  w.rows_ = tensor.rows();
  w.cols_ = tensor.cols();
  w.d_head_of_pairs_ = tensor.d_head_of_pairs;
  if (!blocks &&
      reinterpret_cast<uintptr_t>(w.bytes_.data()) % dtype_size(w.dtype_) !=
          0) {
    w.copy_.assign(w.bytes_.begin(), w.bytes_.end());
    w.bytes_ = w.copy_;
  }
  return w;
}

size_t RowWeight::inputs() const {
  return layout_ == WeightLayout::kInOut ? rows_ : cols_;
}
size_t RowWeight::outputs() const {
  return layout_ == WeightLayout::kInOut ? cols_ : rows_;
}

struct RowProduct {
  // The same for rows of blocks, of which each thread widens some after the
  // other.
  static void by_widened(MatrixView<const float> x, const RowWeight& w,
                         bool parallel, MatrixView<float> y) {
    constexpr size_t kTogether = 16;
    const size_t outputs = w.outputs();
    const size_t row_bytes = stored_bytes(w.dtype_, w.cols_);
    const auto threads =
        parallel ? static_cast<size_t>(omp_get_max_threads()) : 1;
    Matrix<float> widened(threads * kTogether, w.cols_);
    const size_t parts = (outputs + kTogether - 1) / kTogether;
#pragma omp parallel for schedule(static) if (parallel)
    for (size_t p = 0; p < parts; ++p) {
      const size_t first = p * kTogether;
      const size_t count = std::min(kTogether, outputs - first);
      const auto thread = static_cast<size_t>(omp_get_thread_num()) % threads;
      const auto rows = widened.view().row_range(thread * kTogether, count);
      widen_blocks(w.dtype_,
                   w.bytes_.subspan(first * row_bytes, count * row_bytes),
                   {rows.data(), count * w.cols_});
      for (size_t row = 0; row < x.rows(); row += kMostRows) {
        HWY_DYNAMIC_DISPATCH(MultiplyF32)
        (w.layout_, {.x = x.row(row).data(),
                     .x_stride = x.stride(),
                     .rows = std::min(kMostRows, x.rows() - row),
                     .weights = reinterpret_cast<const std::byte*>(rows.data()),
                     .weight_stride = w.cols_,
                     .inputs = w.inputs(),
                     .first = 0,
                     .count = count,
                     .y = y.row(row).data() + first,
                     .y_stride = y.stride()});
      }
    }
  }

  // Threads share the outputs.
  static void by_outputs(MatrixView<const float> x, const RowWeight& w,
                         bool parallel, MatrixView<float> y) {
    const Multiply multiply = multiply_for(w.dtype_);
    const size_t outputs = w.outputs();
    const auto threads =
        parallel ? static_cast<size_t>(omp_get_max_threads()) : 1;
    const size_t share =
        (outputs / threads + kLeastOutputs - 1) / kLeastOutputs * kLeastOutputs;
    const size_t width = std::clamp(share, kLeastOutputs, kMostOutputs);
    const size_t parts = (outputs + width - 1) / width;
#pragma omp parallel for schedule(static) if (parallel)
    for (size_t p = 0; p < parts; ++p) {
      const size_t first = p * width;
      for (size_t row = 0; row < x.rows(); row += kMostRows) {
        multiply(w.layout_, {.x = x.row(row).data(),
                             .x_stride = x.stride(),
                             .rows = std::min(kMostRows, x.rows() - row),
                             .weights = w.bytes_.data(),
                             .weight_stride = w.cols_,
                             .inputs = w.inputs(),
                             .first = first,
                             .count = std::min(width, outputs - first),
                             .y = y.row(row).data(),
                             .y_stride = y.stride()});
      }
    }
  }

  // Threads share the inputs of a large [inputs, outputs] matrix, so that each
  // reads it as it lies, two to three times faster than by columns. The sums
  // of the parts are added in their order.
  static void by_inputs(MatrixView<const float> x, const RowWeight& w,
                        MatrixView<float> y) {
    const Multiply multiply = multiply_for(w.dtype_);
    const size_t inputs = w.inputs();
    const size_t parts = (inputs + kInputsTogether - 1) / kInputsTogether;
    const size_t part_bytes = kInputsTogether * w.cols_ * dtype_size(w.dtype_);
    for (size_t row = 0; row < x.rows(); row += kMostRows) {
      const size_t rows = std::min(kMostRows, x.rows() - row);
      Matrix<float> sums(parts * rows, w.outputs());
#pragma omp parallel for schedule(static)
      for (size_t p = 0; p < parts; ++p) {
        const size_t first = p * kInputsTogether;
        multiply(w.layout_,
                 {.x = x.row(row).data() + first,
                  .x_stride = x.stride(),
                  .rows = rows,
                  .weights = w.bytes_.data() + p * part_bytes,
                  .weight_stride = w.cols_,
                  .inputs = std::min(kInputsTogether, inputs - first),
                  .first = 0,
                  .count = w.outputs(),
                  .y = sums.row(p * rows).data(),
                  .y_stride = sums.cols()});
      }
      for (size_t i = 0; i < sums.rows(); ++i) {
        const auto from = sums.row(i);
        const auto to = y.row(row + i % rows);
        for (size_t j = 0; j < from.size(); ++j) to[j] += from[j];
      }
    }
  }

  // The outputs of rows that lie in another order than their own; y holds what
  // they are added to.
  static void by_stored_order(MatrixView<const float> x, const RowWeight& w,
                              MatrixView<float> y) {
    Matrix<float> stored(y.rows(), y.cols());
    run_as_stored(x, w, stored);
    for (size_t i = 0; i < y.rows(); ++i) {
      for (size_t j = 0; j < y.cols(); ++j)
        y(i, j) += stored(i, row_in_pairs(j, w.d_head_of_pairs_));
    }
  }

  static void run_as_stored(MatrixView<const float> x, const RowWeight& w,
                            MatrixView<float> y) {
    const bool parallel = w.bytes_.size() >= kParallelBytes;
    if (dtype_block(w.dtype_) > 1) {
      by_widened(x, w, parallel, y);
    } else if (parallel && w.layout_ == WeightLayout::kInOut &&
               w.inputs() >= 2 * kInputsTogether) {
      by_inputs(x, w, y);
    } else {
      by_outputs(x, w, parallel, y);
    }
  }

  static void run(MatrixView<const float> x, const RowWeight& w,
                  MatrixView<float> y) {
    if (w.d_head_of_pairs_ > 0) return by_stored_order(x, w, y);
    run_as_stored(x, w, y);
  }
};

Status row_product(MatrixView<const float> x, const RowWeight& w,
                   MatrixView<const float> bias, MatrixView<float> y) {
  const bool biased = bias.cols() > 0;
  if (x.cols() != w.inputs() || y.cols() != w.outputs() ||
      x.rows() != y.rows() || (biased && bias.cols() != y.cols())) {
    return fail(ErrorCode::kInternal,
                {.where = "row product",
                 .subject = "shapes",
                 .expected = std::to_string(w.inputs()) + " inputs and " +
                             std::to_string(w.outputs()) + " outputs",
                 .found = std::to_string(x.cols()) + " and " +
                          std::to_string(y.cols())});
  }
  for (size_t i = 0; i < y.rows(); ++i) {
    if (biased) {
      std::copy(bias.row(0).begin(), bias.row(0).end(), y.row(i).begin());
    } else {
      std::fill(y.row(i).begin(), y.row(i).end(), 0.0F);
    }
  }
  RowProduct::run(x, w, y);
  return {};
}

}  // namespace excise
#endif  // HWY_ONCE
