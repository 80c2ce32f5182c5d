// What becomes of products with the unembedding: Weights' part that knows the
// head.
#include <cmath>

#include "model/weights.h"

namespace excise {

void Weights::finish_logits(size_t first_token,
                            MatrixView<float> products) const {
  const Head& head = config_.architecture.head;
  const bool has_bias = head_bias_.rows() > 0;
  if (!has_bias && head.scale == 1 && head.cap == 0) return;
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < products.rows(); ++i) {
    const std::span<float> row = products.row(i);
    if (has_bias) {
      const float* bias = head_bias_.row(0).data() + first_token;
      for (size_t j = 0; j < row.size(); ++j) row[j] += bias[j];
    }
    if (head.scale != 1) {
      for (float& value : row) value *= head.scale;
    }
    if (head.cap == 0) continue;
    for (float& value : row) value = head.cap * std::tanh(value / head.cap);
  }
}

// tanh(a + d) - tanh(a) = tanh(d) (1 - tanh(a)^2) / (1 + tanh(a) tanh(d)),
// which keeps its digits where d is small.
void Weights::finish_logit_changes(MatrixView<const float> logits,
                                   size_t first_row,
                                   MatrixView<float> changes) const {
  const Head& head = config_.architecture.head;
  if (head.scale == 1 && head.cap == 0) return;
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < changes.rows(); ++i) {
    const std::span<float> row = changes.row(i);
    for (float& value : row) value *= head.scale;
    if (head.cap == 0) continue;
    const auto of_clean = logits.row((first_row + i) % logits.rows());
    for (size_t j = 0; j < row.size(); ++j) {
      const double tanh_a = double{of_clean[j]} / head.cap;
      const double tanh_d = std::tanh(double{row[j]} / head.cap);
      row[j] = static_cast<float>(head.cap * tanh_d * (1 - tanh_a * tanh_a) /
                                  (1 + tanh_a * tanh_d));
    }
  }
}

}  // namespace excise
