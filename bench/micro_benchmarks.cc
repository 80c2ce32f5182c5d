// The steps of a sweep, one by one, at the shapes of GPT-2 XL. Rates are the
// work that has to be done, so that they compare with the machine's limits:
// FLOP/s with matmul_rates, bytes/s with a copy.
#include <benchmark/benchmark.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "core/random.h"
#include "math/linalg/svd.h"
#include "math/ops/activation.h"
#include "math/ops/attention.h"
#include "math/ops/matmul.h"
#include "math/ops/norm.h"
#include "model/tokenizer/tokenizer.h"

namespace excise {
namespace {

using benchmark::Counter;
using benchmark::State;

constexpr size_t kTokens = 70;
constexpr size_t kWidth = 1600;
constexpr size_t kNeurons = 6400;
constexpr size_t kHeads = 25;

template <typename T>
Matrix<T> random_matrix(size_t rows, size_t cols) {
  Random random(0);
  auto matrix = Matrix<T>::uninitialized(rows, cols);
  for (T& value : matrix.values()) {
    value = static_cast<T>(random.uniform() - 0.5);
  }
  return matrix;
}

size_t argument(const State& state) {
  return static_cast<size_t>(state.range(0));
}

void count_flop(State& state, size_t flop) {
  state.counters["FLOP/s"] =
      Counter(static_cast<double>(flop), Counter::kIsIterationInvariantRate);
}

void count_bytes(State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes) *
                          static_cast<int64_t>(state.iterations()));
}

void matmul_packed(State& state) {
  const size_t rows = argument(state);
  const auto x = random_matrix<float>(rows, kWidth);
  const auto w = random_matrix<float>(kWidth, kNeurons);
  Matrix<float> y(rows, kNeurons);
  MatmulWeight weight;
  weight.pack(w, WeightLayout::kInOut, rows);
  for (auto _ : state) {
    if (!matmul(x.view(), weight, y)) state.SkipWithError("matmul failed");
  }
  count_flop(state, 2 * rows * kWidth * kNeurons);
}
BENCHMARK(matmul_packed)->Arg(8)->Arg(70)->Arg(560)->Arg(3430)->UseRealTime();

void pack_weight(State& state) {
  const auto w = random_matrix<float>(kWidth, kNeurons);
  MatmulWeight weight;
  for (auto _ : state) weight.pack(w, WeightLayout::kInOut, kTokens);
  count_bytes(state, 2 * w.size() * sizeof(float));
}
BENCHMARK(pack_weight)->UseRealTime();

void layer_norm_of_differences(State& state) {
  const size_t blocks = argument(state);
  const auto x = random_matrix<float>(kTokens, kWidth);
  const auto weight = random_matrix<float>(1, kWidth);
  const auto bias = random_matrix<float>(1, kWidth);
  const NormParameters parameters{NormKind::kLayer, weight, bias, 1e-5F};
  Matrix<float> y(kTokens, kWidth);
  norm_rows(x, parameters, y);
  const auto delta = random_matrix<float>(blocks * kTokens, kWidth);
  Matrix<float> out(delta.rows(), kWidth);
  for (auto _ : state) {
    norm_difference(x, y, delta, parameters, out.view());
  }
  count_bytes(state, 2 * delta.size() * sizeof(float));
}
BENCHMARK(layer_norm_of_differences)->Arg(7)->Arg(48)->UseRealTime();

void gelu_of_differences(State& state) {
  const size_t blocks = argument(state);
  const auto x = random_matrix<float>(kTokens, kNeurons);
  Matrix<float> y(kTokens, kNeurons);
  activate_rows(Activation::kGeluTanh, x, y);
  const auto delta = random_matrix<float>(blocks * kTokens, kNeurons);
  Matrix<float> out(delta.rows(), kNeurons);
  for (auto _ : state) {
    activation_difference(Activation::kGeluTanh, x, y, delta, out.view());
  }
  count_bytes(state, 2 * delta.size() * sizeof(float));
}
BENCHMARK(gelu_of_differences)->Arg(7)->UseRealTime();

void attention_of_differences(State& state) {
  const size_t tokens = argument(state);
  constexpr size_t kBlocks = 7;
  const AttentionShape shape{.n_heads = kHeads,
                             .n_kv_heads = kHeads,
                             .d_head = kWidth / kHeads,
                             .scale = 0.125F};
  const auto qkv = random_matrix<float>(tokens, 3 * kWidth);
  Matrix<float> z(tokens, kWidth);
  attention_rows(qkv, shape, z);
  const auto delta = random_matrix<float>(kBlocks * tokens, 3 * kWidth);
  Matrix<float> out(kBlocks * tokens, kWidth);
  for (auto _ : state) {
    attention_difference(qkv, z, delta, shape, out.view());
  }
  // Scores and their use, for the half of the pairs that causality leaves.
  count_flop(state, kBlocks * 2 * tokens * (tokens + 1) * kWidth);
}
BENCHMARK(attention_of_differences)->Arg(70)->Arg(512)->UseRealTime();

void singular_values_and_component(State& state) {
  const size_t tokens = argument(state);
  const auto a = random_matrix<double>(tokens, kNeurons);
  for (auto _ : state) {
    const auto svd = thin_svd(a.clone());
    if (!svd) state.SkipWithError("thin_svd failed");
    benchmark::DoNotOptimize(svd->vectors(0));
  }
}
BENCHMARK(singular_values_and_component)
    ->Arg(8)
    ->Arg(70)
    ->Arg(512)
    ->UseRealTime();

void tokenize(State& state) {
  const std::string root = EXCISE_SOURCE_DIR;
  std::ostringstream text;
  text << std::ifstream(root + "/experiments/silver-blaze.txt").rdbuf();
  std::string many;
  while (many.size() < (size_t{1} << 20)) many += text.str();
  const auto tokenizer = Tokenizer::open(root + "/models/baker-7m");
  if (!tokenizer) return state.SkipWithError("no tokenizer");
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer->encode(many));
  count_bytes(state, many.size());
}
BENCHMARK(tokenize);

}  // namespace
}  // namespace excise
