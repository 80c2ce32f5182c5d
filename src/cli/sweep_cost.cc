#include "cli/sweep_cost.h"

#include <algorithm>
#include <chrono>

#include "math/ops/matmul.h"

namespace excise {

SweepCost sweep_cost(const ModelConfig& config, size_t tokens) {
  const auto layers = static_cast<double>(config.n_layers);
  const auto width = static_cast<double>(config.d_model);
  const auto mlp = static_cast<double>(config.d_mlp);
  const auto rows = static_cast<double>(tokens);
  // The three cells of each layer, the clean run and one without an edit.
  constexpr double kCells = 3;
  const double branches = kCells * layers + 2;
  // Multiply and add for each weight of a block and each row; scores and their
  // use cost as much as two products with `tokens` columns.
  const double block =
      2 * (4 * width * width + 2 * width * mlp) + 4 * rows * width;
  const double passes = kCells * layers * (layers + 1) / 2 + 2 * layers;
  const double head = 2 * width * static_cast<double>(config.d_vocab);
  SweepCost cost;
  cost.flop = rows * (passes * block + branches * head);
  // The residual stream of every branch and the widest state beside it.
  cost.bytes =
      sizeof(float) * branches * rows * (2 * width + std::max(3 * width, mlp));
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
