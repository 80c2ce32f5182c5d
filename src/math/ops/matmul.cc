#include "math/ops/matmul.h"

#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <new>
#include <tuple>
#include <utility>

namespace excise {
namespace {

using dnnl::memory;

dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

memory::dim dim(size_t n) { return static_cast<memory::dim>(n); }

memory::desc row_major(size_t rows, size_t cols, size_t stride,
                       memory::data_type type) {
  return {{dim(rows), dim(cols)}, type, {dim(stride), 1}};
}

memory::desc weight_desc(MatrixView<const float> w, WeightLayout layout) {
  const bool in_out = layout == WeightLayout::kInOut;
  return {
      {dim(in_out ? w.rows() : w.cols()), dim(in_out ? w.cols() : w.rows())},
      memory::data_type::f32,
      in_out ? memory::dims{dim(w.stride()), 1}
             : memory::dims{1, dim(w.stride())}};
}

dnnl::matmul::primitive_desc describe(const memory::desc& x,
                                      const memory::desc& w,
                                      const memory::desc& y, bool accumulate) {
  dnnl::primitive_attr attributes;
  if (accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1.0F);
    attributes.set_post_ops(sum);
  }
  return {dnnl::matmul::desc(x, w, y), attributes, engine()};
}

}  // namespace

bool has_native_bf16() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx512_core_bf16 ||
         isa == dnnl::cpu_isa::avx512_core_amx;
}

struct MatmulWeight::Impl {
  // The layout is part of the primitive, so that primitives are looked up per
  // kind of layout.
  using LayoutKey =
      std::tuple<size_t, size_t, size_t, int>;  // inputs, outputs, stride, kind

  memory::desc desc;
  memory data;
  memory::data_type type = memory::data_type::f32;
  LayoutKey key;
};

namespace {

// Kinds of layout in a key: plain ones by WeightLayout, packed ones after them.
constexpr int kPackedF32 = 2;
constexpr int kPackedBF16 = 3;

}  // namespace

struct MatmulRunner {
  static MatmulWeight pack(MatrixView<const float> w, WeightLayout layout,
                           size_t rows, memory::data_type type) {
    const memory::desc plain = weight_desc(w, layout);
    const auto dims = plain.dims();
    const memory::desc x = row_major(rows, static_cast<size_t>(dims[0]),
                                     static_cast<size_t>(dims[0]), type);
    const memory::desc any(dims, type, memory::format_tag::any);
    const memory::desc y =
        row_major(rows, static_cast<size_t>(dims[1]),
                  static_cast<size_t>(dims[1]), memory::data_type::f32);
    auto impl = std::make_unique<MatmulWeight::Impl>();
    impl->desc = describe(x, any, y, false).weights_desc();
    impl->type = type;
    impl->data = memory(impl->desc, engine());
    impl->key = {static_cast<size_t>(dims[0]), static_cast<size_t>(dims[1]),
                 impl->desc.get_size(),
                 type == memory::data_type::bf16 ? kPackedBF16 : kPackedF32};
    // oneDNN only reads through this pointer.
    memory source(plain, engine(), const_cast<float*>(w.data()));
    dnnl::stream stream(engine());
    dnnl::reorder(source, impl->data).execute(stream, source, impl->data);
    stream.wait();
    return MatmulWeight(std::move(impl));
  }

  // Creating a primitive costs more than running a small one, so they are kept.
  static dnnl::matmul& primitive(const MatmulWeight::Impl& w, size_t rows,
                                 size_t x_stride, size_t y_stride,
                                 bool accumulate) {
    using Key =
        std::tuple<MatmulWeight::Impl::LayoutKey, size_t, size_t, size_t, bool>;
    static std::map<Key, dnnl::matmul> cache;
    constexpr size_t kMostPrimitives = 4096;
    if (cache.size() > kMostPrimitives) cache.clear();
    const Key key{w.key, rows, x_stride, y_stride, accumulate};
    auto found = cache.find(key);
    if (found == cache.end()) {
      const memory::desc x = row_major(
          rows, static_cast<size_t>(w.desc.dims()[0]), x_stride, w.type);
      const memory::desc y =
          row_major(rows, static_cast<size_t>(w.desc.dims()[1]), y_stride,
                    memory::data_type::f32);
      found =
          cache.emplace(key, dnnl::matmul(describe(x, w.desc, y, accumulate)))
              .first;
    }
    return found->second;
  }

  template <typename T>
  static Status run(MatrixView<const T> x, const MatmulWeight& weight,
                    MatrixView<float> y, bool accumulate,
                    memory::data_type type) {
    const MatmulWeight::Impl& w = *weight.impl_;
    if (x.cols() != weight.inputs() || y.cols() != weight.outputs() ||
        x.rows() != y.rows() || w.type != type) {
      return fail(
          ErrorCode::kInternal,
          {.where = "matmul",
           .subject = "shapes",
           .expected = std::to_string(weight.inputs()) + " inputs and " +
                       std::to_string(weight.outputs()) + " outputs",
           .found =
               std::to_string(x.cols()) + " and " + std::to_string(y.cols())});
    }
    if (x.rows() == 0) return {};
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    try {
      dnnl::matmul& product =
          primitive(w, x.rows(), x.stride(), y.stride(), accumulate);
      dnnl::stream stream(engine());
      const memory::desc x_desc =
          row_major(x.rows(), x.cols(), x.stride(), type);
      const memory::desc y_desc =
          row_major(y.rows(), y.cols(), y.stride(), memory::data_type::f32);
      // oneDNN only reads through this pointer.
      memory source(x_desc, engine(), const_cast<T*>(x.data()));
      memory result(y_desc, engine(), y.data());
      product.execute(stream, {{DNNL_ARG_SRC, source},
                               {DNNL_ARG_WEIGHTS, w.data},
                               {DNNL_ARG_DST, result}});
      stream.wait();
    } catch (const dnnl::error& error) {
      const bool memory_short = error.status == dnnl_out_of_memory;
      return fail(
          memory_short ? ErrorCode::kOutOfMemory : ErrorCode::kInternal,
          {.where = "matmul", .subject = "oneDNN", .found = error.what()});
    }
    return {};
  }
};

MatmulWeight::MatmulWeight(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
MatmulWeight::MatmulWeight(MatmulWeight&&) noexcept = default;
MatmulWeight& MatmulWeight::operator=(MatmulWeight&&) noexcept = default;
MatmulWeight::~MatmulWeight() = default;

MatmulWeight MatmulWeight::borrow(MatrixView<const float> w,
                                  WeightLayout layout) {
  auto impl = std::make_unique<Impl>();
  impl->desc = weight_desc(w, layout);
  impl->data = memory(impl->desc, engine(), const_cast<float*>(w.data()));
  const auto dims = impl->desc.dims();
  impl->key = {static_cast<size_t>(dims[0]), static_cast<size_t>(dims[1]),
               w.stride(), static_cast<int>(layout)};
  return MatmulWeight(std::move(impl));
}

MatmulWeight MatmulWeight::pack(MatrixView<const float> w, WeightLayout layout,
                                size_t rows) {
  return MatmulRunner::pack(w, layout, rows, memory::data_type::f32);
}

MatmulWeight MatmulWeight::pack_bf16(MatrixView<const float> w,
                                     WeightLayout layout, size_t rows) {
  return MatmulRunner::pack(w, layout, rows, memory::data_type::bf16);
}

size_t MatmulWeight::inputs() const {
  return static_cast<size_t>(impl_->desc.dims()[0]);
}
size_t MatmulWeight::outputs() const {
  return static_cast<size_t>(impl_->desc.dims()[1]);
}

Status matmul(MatrixView<const float> x, const MatmulWeight& w,
              MatrixView<float> y, bool accumulate) {
  return MatmulRunner::run(x, w, y, accumulate, memory::data_type::f32);
}

Status matmul(MatrixView<const BFloat16> x, const MatmulWeight& w,
              MatrixView<float> y, bool accumulate) {
  return MatmulRunner::run(x, w, y, accumulate, memory::data_type::bf16);
}

void add_bias(MatrixView<const float> bias, MatrixView<float> y) {
  const float* b = bias.data();
#pragma omp parallel for schedule(static) if (y.rows() * y.cols() > 65536)
  for (size_t i = 0; i < y.rows(); ++i) {
    float* row = y.row(i).data();
    for (size_t j = 0; j < y.cols(); ++j) row[j] += b[j];
  }
}

}  // namespace excise
