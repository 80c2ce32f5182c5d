#include "math/ops/reference.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/region_failure.h"

namespace excise {
namespace {

// Below this many elements a second thread costs more than it saves.
constexpr size_t kParallelElements = 16384;

float activation_value(Activation activation, float x) {
  switch (activation) {
    case Activation::kGeluTanh: {
      const float inner = std::sqrt(2.0F / std::numbers::pi_v<float>) *
                          (x + 0.044715F * x * x * x);
      return 0.5F * x * (1.0F + std::tanh(inner));
    }
    case Activation::kGelu:
      return 0.5F * x * std::erfc(-x / std::numbers::sqrt2_v<float>);
    case Activation::kRelu:
      // Not max(): a NaN must stay one.
      return x < 0.0F ? 0.0F : x;
    case Activation::kSilu:
      return x / (1.0F + std::exp(-x));
  }
  return x;
}

// Caps the scores; gives the largest. One that overflowed is NaN.
double cap_scores(std::span<double> scores, double cap) {
  double highest = -INFINITY;
  for (double& score : scores) {
    score = std::isfinite(score) ? cap * std::tanh(score / cap) : NAN;
    highest = std::max(highest, score);
  }
  return highest;
}

// The attention of one query over `count` keys: z = softmax(scores) v. Rows of
// k and v are `stride` apart.
void attend(const float* q, const float* k, const float* v, size_t stride,
            size_t count, size_t d_head, float scale, double cap,
            std::span<double> weights, std::span<float> z) {
  double highest = -INFINITY;
  for (size_t s = 0; s < count; ++s) {
    float dot = 0;
#pragma omp simd reduction(+ : dot)
    for (size_t i = 0; i < d_head; ++i) dot += q[i] * k[s * stride + i];
    weights[s] = static_cast<double>(dot * scale);
    highest = std::max(highest, weights[s]);
  }
  if (cap > 0) highest = cap_scores(weights.first(count), cap);
  double total = 0;
  for (size_t s = 0; s < count; ++s) {
    weights[s] = std::exp(weights[s] - highest);
    total += weights[s];
  }
  std::fill(z.begin(), z.end(), 0.0F);
  for (size_t s = 0; s < count; ++s) {
    const auto weight = static_cast<float>(weights[s] / total);
    for (size_t i = 0; i < d_head; ++i) z[i] += weight * v[s * stride + i];
  }
}

}  // namespace

void norm(MatrixView<const float> x, const NormParameters& p,
          MatrixView<float> y) {
  const size_t n = x.cols();
#pragma omp parallel for schedule(static) if (x.rows() * n > kParallelElements)
  for (size_t i = 0; i < x.rows(); ++i) {
    const std::span<const float> row = x.row(i);
    double mean = 0;
    if (p.kind == NormKind::kLayer) {
      double sum = 0;
      for (float value : row) sum += value;
      mean = sum / static_cast<double>(n);
    }
    double squares = 0;
    for (float value : row) squares += (value - mean) * (value - mean);
    const double inverse =
        1.0 / std::sqrt(squares / static_cast<double>(n) + p.epsilon);
    for (size_t j = 0; j < n; ++j) {
      auto value = static_cast<float>((row[j] - mean) * inverse);
      if (p.weight.rows() > 0) value *= p.weight(0, j);
      if (p.bias.rows() > 0) value += p.bias(0, j);
      y(i, j) = value;
    }
  }
}

void activate(Activation activation, MatrixView<const float> x,
              MatrixView<float> y) {
#pragma omp parallel for schedule(static) if (x.rows() * x.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < x.rows(); ++i) {
    for (size_t j = 0; j < x.cols(); ++j)
      y(i, j) = activation_value(activation, x(i, j));
  }
}

void gate(Activation activation, MatrixView<const float> gate,
          MatrixView<const float> up, MatrixView<float> y) {
#pragma omp parallel for schedule(static) if (y.rows() * y.cols() > \
                                              kParallelElements)
  for (size_t i = 0; i < y.rows(); ++i) {
    for (size_t j = 0; j < y.cols(); ++j)
      y(i, j) = activation_value(activation, gate(i, j)) * up(i, j);
  }
}

void causal_attention(MatrixView<const float> qkv, const AttentionShape& shape,
                      MatrixView<float> z) {
  const size_t tokens = z.rows();
  const size_t keys = shape.q_width();
  const size_t values = keys + shape.kv_width();
  RegionFailure failure;
#pragma omp parallel if (tokens * shape.q_width() > kParallelElements)
  {
    std::vector<double> weights;
    failure.guard([&] { weights.resize(tokens); });
    // Late tokens cost more, so rows are dealt out one at a time.
#pragma omp for schedule(dynamic, 8) collapse(2)
    for (size_t head = 0; head < shape.n_heads; ++head) {
      for (size_t t = 0; t < tokens; ++t) {
        if (weights.empty()) continue;
        const size_t first = shape.first_seen(t);
        const float* seen = qkv.row(first).data() + shape.kv_column(head);
        const size_t column = shape.q_column(head);
        attend(qkv.row(t).data() + column, seen + keys, seen + values,
               qkv.stride(), t + 1 - first, shape.d_head, shape.scale,
               shape.cap, weights, z.row(t).subspan(column, shape.d_head));
      }
    }
  }
  failure.rethrow();
}

double log_sum_exp(std::span<const float> x) {
  const float highest = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (float value : x) sum += std::exp(static_cast<double>(value - highest));
  return static_cast<double>(highest) + std::log(sum);
}

}  // namespace excise
