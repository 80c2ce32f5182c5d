// The rate of oneDNN's matrix product alone at the shapes of GPT-2 XL's MLP:
// the limit that a sweep is measured against. Builds against oneDNN 2 and 3.
// Prints one JSON object of GFLOP/s.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;
using Clock = std::chrono::steady_clock;

constexpr std::array<memory::dim, 5> kRows = {8, 70, 560, 1680, 3430};
constexpr memory::dim kWidth = 1600;
constexpr memory::dim kNeurons = 6400;
// Products take turns over this many weights, so that none is found in a cache
// where a real pass would not find it.
constexpr size_t kWeights = 4;
constexpr double kSeconds = 0.6;  // for one shape, layout and type

struct Product {
  memory::dim rows, inner, cols;
  Type type;    // of the inputs; the output is float32
  bool packed;  // weights in the layout that oneDNN chooses
};

dnnl::matmul::primitive_desc describe(const Product& product,
                                      const dnnl::engine& engine) {
  const memory::desc x({product.rows, product.inner}, product.type, Tag::ab);
  const memory::desc w({product.inner, product.cols}, product.type,
                       product.packed ? Tag::any : Tag::ab);
  const memory::desc y({product.rows, product.cols}, Type::f32, Tag::ab);
#if DNNL_VERSION_MAJOR >= 3
  return {engine, x, w, y};
#else
  return {dnnl::matmul::desc(x, w, y), engine};
#endif
}

// [rows, cols] in the layout of desc: small numbers of both signs, for zeros
// and denormals would flatter.
memory filled(memory::dim rows, memory::dim cols, const memory::desc& desc,
              const dnnl::engine& engine, dnnl::stream& stream) {
  memory source({{rows, cols}, Type::f32, Tag::ab}, engine);
  auto* values = static_cast<float*>(source.get_data_handle());
  uint32_t state = 1;
  for (memory::dim i = 0; i < rows * cols; ++i) {
    state = state * 1664525U + 1013904223U;
    values[i] = static_cast<float>(state >> 8) * 0x1p-24F - 0.5F;
  }
  memory target(desc, engine);
  dnnl::reorder(source, target).execute(stream, source, target);
  stream.wait();
  return target;
}

// Best GFLOP/s; 0 where the processor lacks what the product's type needs.
double best_rate(const Product& product) try {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const auto description = describe(product, engine);
  const dnnl::matmul matmul(description);
  const memory x = filled(product.rows, product.inner, description.src_desc(),
                          engine, stream);
  memory y(description.dst_desc(), engine);
  std::vector<memory> weights;
  for (size_t i = 0; i < kWeights; ++i) {
    weights.push_back(filled(product.inner, product.cols,
                             description.weights_desc(), engine, stream));
  }
  double best = 1e30;
  const auto begin = Clock::now();
  for (size_t i = 0;
       i < 2 * kWeights ||
       Clock::now() - begin < std::chrono::duration<double>(kSeconds);
       ++i) {
    const auto start = Clock::now();
    matmul.execute(stream, {{DNNL_ARG_SRC, x},
                            {DNNL_ARG_WEIGHTS, weights[i % kWeights]},
                            {DNNL_ARG_DST, y}});
    stream.wait();
    const std::chrono::duration<double> took = Clock::now() - start;
    if (i >= kWeights) best = std::min(best, took.count());
  }
  return 2e-9 *
         static_cast<double>(product.rows * product.inner * product.cols) /
         best;
} catch (const dnnl::error& error) {
  if (error.status != dnnl_unimplemented) throw;
  return 0;
}

void print_rates(memory::dim inner, memory::dim cols, bool last) {
  for (const memory::dim rows : kRows) {
    std::printf("{\"rows\": %d, \"inner\": %d, \"cols\": %d",
                static_cast<int>(rows), static_cast<int>(inner),
                static_cast<int>(cols));
    for (const Type type : {Type::f32, Type::bf16}) {
      for (const bool packed : {true, false}) {
        const double rate = best_rate({rows, inner, cols, type, packed});
        std::printf(", \"%s_%s\": %.1f", type == Type::f32 ? "f32" : "bf16",
                    packed ? "packed" : "plain", rate);
      }
    }
    std::printf("}%s\n", last && rows == kRows.back() ? "" : ",");
  }
}

}  // namespace

int main() {
  const auto* version = dnnl_version();
  std::printf("{\"onednn\": \"%d.%d.%d\", \"rates\": [\n", version->major,
              version->minor, version->patch);
  print_rates(kWidth, kNeurons, false);
  print_rates(kNeurons, kWidth, true);
  std::printf("]}\n");
}
