#include "cli/sweep_cost.h"

#include <algorithm>
#include <chrono>

#include "math/ops/matmul.h"
#include "model/architecture/block.h"

namespace excise {

SweepCost sweep_cost(const ModelConfig& config, size_t tokens) {
  const auto layers = static_cast<double>(config.n_layers);
  const auto width = static_cast<double>(config.d_model);
  size_t widest = 0;
  for (const BlockStep& step : block_steps(config))
    widest = std::max(widest, value_width(config, step.out));
  const auto rows = static_cast<double>(tokens);
  // The three cells of each layer, the clean run and one without an edit.
  constexpr double kCells = 3;
  const double branches = kCells * layers + 2;
  // Multiply and add for each weight of a block and each row; scores and their
  // use cost as much as two products with `tokens` columns.
  const auto heads = static_cast<double>(value_width(config, Value::kZ));
  const double block =
      2 * static_cast<double>(matrix_elements(config)) + 4 * rows * heads;
  const double passes = kCells * layers * (layers + 1) / 2 + 2 * layers;
  const double head = 2 * width * static_cast<double>(config.d_vocab);
  SweepCost cost;
  cost.flop = rows * (passes * block + branches * head);
  // The residual stream of every branch and the widest state beside it.
  cost.bytes = sizeof(float) * branches * rows *
               (2 * width + static_cast<double>(widest));
  return cost;
}

Result<double> measure_flop_rate() {
  constexpr size_t kRows = 256;
  constexpr size_t kSide = 1024;
  constexpr int kRepeats = 4;
  Matrix<float> x(kRows, kSide);
  Matrix<float> w(kSide, kSide);
  Matrix<float> y(kRows, kSide);
  MatmulWeight weight;
  EXCISE_CHECK(weight.pack(w.view(), WeightLayout::kInOut, kRows));
  double best = 0;
  for (int i = 0; i < kRepeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    EXCISE_CHECK(matmul(x.view(), weight, y.view()));
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    best = std::max(best, 2.0 * kRows * kSide * kSide / took.count());
  }
  return best;
}

}  // namespace excise
