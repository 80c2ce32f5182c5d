#include "math/ops/matmul.h"

#include <algorithm>
#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/signal_stack.h"
#include "math/ops/pack_bfloat16.h"

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

// The descriptor's bytes.
std::string key_of(const memory::desc& layout) {
  return {reinterpret_cast<const char*>(&layout.data), sizeof(layout.data)};
}

// Of the caches of primitives.
std::mutex& mutex() {
  static std::mutex one;
  return one;
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

// What oneDNN throws, as an error.
template <typename Function>
Status guarded(Function&& function) {
  try {
    return function();
  } catch (const dnnl::error& error) {
    const bool memory_short = error.status == dnnl_out_of_memory;
    return fail(
        memory_short ? ErrorCode::kOutOfMemory : ErrorCode::kInternal,
        {.where = "matmul", .subject = "oneDNN", .found = error.what()});
  }
}

// Of the implementations that oneDNN has, the one without a kernel.
bool is_plain_loop(const dnnl::matmul::primitive_desc& product) {
  return std::string_view(product.impl_info_str()).starts_with("ref");
}

// Where a layout consists of whole blocks of paired inputs.
std::optional<PairedBlocks> paired_blocks(const memory::desc& layout,
                                          memory::data_type type) {
  const auto& blocking = layout.data.format_desc.blocking;
  if (type != memory::data_type::bf16 || blocking.inner_nblks != 3 ||
      blocking.inner_idxs[0] != 0 || blocking.inner_idxs[1] != 1 ||
      blocking.inner_idxs[2] != 0 || blocking.inner_blks[2] != 2)
    return std::nullopt;
  const PairedBlocks blocks{static_cast<size_t>(2 * blocking.inner_blks[0]),
                            static_cast<size_t>(blocking.inner_blks[1]),
                            static_cast<size_t>(blocking.strides[0]),
                            static_cast<size_t>(blocking.strides[1])};
  const auto dims = layout.dims();
  const bool whole = blocks.outputs % 16 == 0 &&
                     static_cast<size_t>(dims[0]) % blocks.inputs == 0 &&
                     static_cast<size_t>(dims[1]) % blocks.outputs == 0;
  return whole ? std::optional(blocks) : std::nullopt;
}

}  // namespace

bool has_native_bf16() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx512_core_bf16 ||
         isa == dnnl::cpu_isa::avx512_core_amx;
}

bool can_multiply_bf16() {
  const auto bf16 = memory::data_type::bf16;
  try {
    describe(row_major(1, 64, 64, bf16), row_major(64, 64, 64, bf16),
             row_major(1, 64, 64, memory::data_type::f32), false);
    return true;
  } catch (const dnnl::error&) {
    return false;
  }
}

struct MatmulWeight::Impl {
  memory::desc desc;
  memory data;
  memory::data_type type = memory::data_type::f32;
  std::string layout_key;         // primitives are made for one layout
  Matrix<unsigned char> storage;  // [1, bytes] of packed weights

  void describe_as(const memory::desc& layout) {
    desc = layout;
    layout_key = key_of(layout);
  }
};

bool has_kernel(const MatmulWeight& w, size_t rows) {
  const memory::desc x = row_major(rows, w.inputs(), w.inputs(), w.impl_->type);
  const memory::desc y =
      row_major(rows, w.outputs(), w.outputs(), memory::data_type::f32);
  return !is_plain_loop(describe(x, w.impl_->desc, y, false));
}

struct MatmulRunner {
  // How weights of one shape are packed. Finding that out costs more than
  // packing a small one, so it is kept.
  struct Packing {
    memory::desc desc;
    dnnl::reorder reorder;
  };

  static Packing& packing(const memory::desc& plain, size_t rows,
                          memory::data_type type) {
    using Key = std::tuple<std::string, size_t, memory::data_type>;
    static std::map<Key, Packing> cache;
    const Key key{key_of(plain), rows, type};
    const auto found = cache.find(key);
    if (found != cache.end()) return found->second;
    const auto dims = plain.dims();
    const auto inputs = static_cast<size_t>(dims[0]);
    const auto outputs = static_cast<size_t>(dims[1]);
    const memory::desc x = row_major(rows, inputs, inputs, type);
    const memory::desc y =
        row_major(rows, outputs, outputs, memory::data_type::f32);
    const memory::desc any(dims, type, memory::format_tag::any);
    memory::desc packed = describe(x, any, y, false).weights_desc();
    // Where its blocks would need padding oneDNN 2.6 falls back to a plain
    // loop, some hundred times slower, and with AVX-512 for some small weights
    // too, whose blocks it chose itself; as stored it still has a kernel.
    if (packed.data.padded_dims[0] != dims[0] ||
        packed.data.padded_dims[1] != dims[1] ||
        is_plain_loop(describe(x, packed, y, false)))
      packed = row_major(inputs, outputs, outputs, type);
    const dnnl::reorder::primitive_desc reorder(engine(), plain, engine(),
                                                packed);
    return cache.emplace(key, Packing{packed, dnnl::reorder(reorder)})
        .first->second;
  }

  // Memory for a weight of this kind, packed; how to fill it.
  static Packing& make_room(MatmulWeight::Impl& impl, const memory::desc& plain,
                            size_t rows, memory::data_type type) {
    const std::lock_guard lock(mutex());
    Packing& how = packing(plain, rows, type);
    impl.describe_as(how.desc);
    impl.type = type;
    if (impl.storage.size() < impl.desc.get_size()) {
      impl.storage = {};  // not both at once
      impl.storage =
          Matrix<unsigned char>::uninitialized(1, impl.desc.get_size());
    }
    impl.data = memory(impl.desc, engine(), impl.storage.data());
    return how;
  }

  static void pack(MatmulWeight::Impl& impl, MatrixView<const float> w,
                   WeightLayout layout, size_t rows, memory::data_type type) {
    const memory::desc plain = weight_desc(w, layout);
    Packing& how = make_room(impl, plain, rows, type);
    const auto blocks = paired_blocks(impl.desc, type);
    if (blocks && layout == WeightLayout::kInOut) {
      pack_bfloat16(w, *blocks,
                    reinterpret_cast<BFloat16*>(impl.storage.data()));
      return;
    }
    const std::lock_guard lock(mutex());
    // oneDNN only reads through this pointer.
    memory source(plain, engine(), const_cast<float*>(w.data()));
    dnnl::stream stream(engine());
    how.reorder.execute(stream, source, impl.data);
    stream.wait();
  }

  static Status multiply_and_pack(MatrixView<const float> x,
                                  MatrixView<const float> w,
                                  MatrixView<float> y, bool accumulate,
                                  size_t packed_rows,
                                  MatmulWeight::Impl& packed) {
    const memory::desc plain = weight_desc(w, WeightLayout::kInOut);
    make_room(packed, plain, packed_rows, memory::data_type::bf16);
    const auto blocks = paired_blocks(packed.desc, memory::data_type::bf16);
    // As many outputs as stay in a cache between the two readings.
    constexpr size_t kElements = size_t{2} << 20;
    const size_t width = blocks ? blocks->outputs : w.cols();
    const size_t together =
        std::max<size_t>(1, kElements / w.rows() / width) * width;
    MatmulWeight part;
    for (size_t first = 0; first < w.cols(); first += together) {
      const size_t count = std::min(together, w.cols() - first);
      const MatrixView<const float> columns = w.col_range(first, count);
      EXCISE_CHECK(part.borrow(columns, WeightLayout::kInOut));
      EXCISE_CHECK(run(x, part, y.col_range(first, count), accumulate,
                       memory::data_type::f32));
      if (blocks) {
        pack_bfloat16(columns, *blocks,
                      reinterpret_cast<BFloat16*>(packed.storage.data()) +
                          first / width * blocks->output_stride);
      }
    }
    if (!blocks)
      pack(packed, w, WeightLayout::kInOut, packed_rows,
           memory::data_type::bf16);
    return {};
  }

  // Creating a primitive costs more than running a small one, so they are kept.
  static dnnl::matmul& primitive(const MatmulWeight::Impl& w, size_t rows,
                                 size_t x_stride, size_t y_stride,
                                 bool accumulate) {
    using Key = std::tuple<std::string, size_t, size_t, size_t, bool>;
    static std::map<Key, dnnl::matmul> cache;
    constexpr size_t kMostPrimitives = 4096;
    if (cache.size() > kMostPrimitives) cache.clear();
    const Key key{w.layout_key, rows, x_stride, y_stride, accumulate};
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
    use_signal_stack();
    const std::lock_guard lock(mutex());
    dnnl::matmul& product =
        primitive(w, x.rows(), x.stride(), y.stride(), accumulate);
    dnnl::stream stream(engine());
    const memory::desc x_desc = row_major(x.rows(), x.cols(), x.stride(), type);
    const memory::desc y_desc =
        row_major(y.rows(), y.cols(), y.stride(), memory::data_type::f32);
    // oneDNN only reads through this pointer.
    memory source(x_desc, engine(), const_cast<T*>(x.data()));
    memory result(y_desc, engine(), y.data());
    product.execute(stream, {{DNNL_ARG_SRC, source},
                             {DNNL_ARG_WEIGHTS, w.data},
                             {DNNL_ARG_DST, result}});
    stream.wait();
    return {};
  }
};

MatmulWeight::MatmulWeight() : impl_(std::make_unique<Impl>()) {}
MatmulWeight::MatmulWeight(MatmulWeight&&) noexcept = default;
MatmulWeight& MatmulWeight::operator=(MatmulWeight&&) noexcept = default;
MatmulWeight::~MatmulWeight() = default;

Status MatmulWeight::borrow(MatrixView<const float> w, WeightLayout layout) {
  return guarded([&]() -> Status {
    impl_->describe_as(weight_desc(w, layout));
    impl_->type = memory::data_type::f32;
    impl_->data = memory(impl_->desc, engine(), const_cast<float*>(w.data()));
    return {};
  });
}

Status MatmulWeight::pack(MatrixView<const float> w, WeightLayout layout,
                          size_t rows) {
  return guarded([&]() -> Status {
    MatmulRunner::pack(*impl_, w, layout, rows, memory::data_type::f32);
    return {};
  });
}

Status MatmulWeight::pack_bf16(MatrixView<const float> w, WeightLayout layout,
                               size_t rows) {
  return guarded([&]() -> Status {
    MatmulRunner::pack(*impl_, w, layout, rows, memory::data_type::bf16);
    return {};
  });
}

size_t MatmulWeight::inputs() const {
  return static_cast<size_t>(impl_->desc.dims()[0]);
}
size_t MatmulWeight::outputs() const {
  return static_cast<size_t>(impl_->desc.dims()[1]);
}

Status matmul(MatrixView<const float> x, const MatmulWeight& w,
              MatrixView<float> y, bool accumulate) {
  return guarded([&] {
    return MatmulRunner::run(x, w, y, accumulate, memory::data_type::f32);
  });
}

Status matmul(MatrixView<const BFloat16> x, const MatmulWeight& w,
              MatrixView<float> y, bool accumulate) {
  return guarded([&] {
    return MatmulRunner::run(x, w, y, accumulate, memory::data_type::bf16);
  });
}

Status matmul(MatrixView<const float> x, MatrixView<const float> w,
              WeightLayout layout, MatrixView<float> y) {
  MatmulWeight weight;
  EXCISE_CHECK(weight.borrow(w, layout));
  return matmul(x, weight, y);
}

Status matmul_and_pack(MatrixView<const float> x, MatrixView<const float> w,
                       MatrixView<float> y, bool accumulate, size_t packed_rows,
                       MatmulWeight& packed) {
  return guarded([&] {
    return MatmulRunner::multiply_and_pack(x, w, y, accumulate, packed_rows,
                                           *packed.impl_);
  });
}

void add_bias(MatrixView<const float> bias, MatrixView<float> y) {
  if (bias.rows() == 0) return;
  const float* b = bias.data();
#pragma omp parallel for schedule(static) if (y.rows() * y.cols() > 65536)
  for (size_t i = 0; i < y.rows(); ++i) {
    float* row = y.row(i).data();
    for (size_t j = 0; j < y.cols(); ++j) row[j] += b[j];
  }
}

}  // namespace excise
