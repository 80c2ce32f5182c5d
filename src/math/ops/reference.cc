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

// What a norm subtracts from a row, and what it then divides by.
struct Moments {
  double mean, divisor;
};

Moments moments(std::span<const float> row, const NormParameters& p) {
  const auto n = static_cast<double>(row.size());
  double mean = 0;
  if (p.kind == NormKind::kLayer) {
    double sum = 0;
    for (float value : row) sum += value;
    mean = sum / n;
  }
  double squares = 0;
  for (float value : row) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / n + p.epsilon)};
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

// The keys that one query sees: `count` of them, rows `stride` apart.
struct Seen {
  const float* keys;
  size_t stride, count;
};

// The scores of a query, one for each key; gives the largest.
double score(const float* q, const Seen& seen, const AttentionShape& shape,
             std::span<double> scores) {
  // Copies, which nothing else can change: else the loop is no vector loop.
  const size_t stride = seen.stride, d_head = shape.d_head;
  const float* k = seen.keys;
  double highest = -INFINITY;
  for (size_t s = 0; s < seen.count; ++s) {
    float dot = 0;
#pragma omp simd reduction(+ : dot)
    for (size_t i = 0; i < d_head; ++i) dot += q[i] * k[s * stride + i];
    scores[s] = static_cast<double>(dot * shape.scale);
    highest = std::max(highest, scores[s]);
  }
  if (shape.cap > 0) highest = cap_scores(scores, shape.cap);
  return highest;
}

// Their softmax in place, to be divided by what this gives.
double exponentiate(std::span<double> scores, double highest) {
  double total = 0;
  for (double& score : scores) {
    score = std::exp(score - highest);
    total += score;
  }
  return total;
}

// Calls use(head, t, seen, scores, highest) for each head and each query t. The
// scores are those of the keys seen, for `use` to make weights of.
template <typename Use>
void for_each_query(MatrixView<const float> qkv, const AttentionShape& shape,
                    const Use& use) {
  const size_t tokens = qkv.rows();
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
        const Seen seen = {
            qkv.row(first).data() + shape.q_width() + shape.kv_column(head),
            qkv.stride(), t + 1 - first};
        const std::span<double> scores =
            std::span<double>(weights).first(seen.count);
        const double highest = score(qkv.row(t).data() + shape.q_column(head),
                                     seen, shape, scores);
        use(head, t, seen, scores, highest);
      }
    }
  }
  failure.rethrow();
}

}  // namespace

void norm(MatrixView<const float> x, const NormParameters& p,
          MatrixView<float> y) {
  const size_t n = x.cols();
#pragma omp parallel for schedule(static) if (x.rows() * n > kParallelElements)
  for (size_t i = 0; i < x.rows(); ++i) {
    const std::span<const float> row = x.row(i);
    const auto [mean, divisor] = moments(row, p);
    const double inverse = 1.0 / divisor;
    for (size_t j = 0; j < n; ++j) {
      auto value = static_cast<float>((row[j] - mean) * inverse);
      if (p.weight.rows() > 0) value *= p.weight(0, j);
      if (p.bias.rows() > 0) value += p.bias(0, j);
      y(i, j) = value;
    }
  }
}

void norm_scale(MatrixView<const float> x, const NormParameters& p,
                MatrixView<float> scale) {
  for (size_t i = 0; i < x.rows(); ++i)
    scale(i, 0) = static_cast<float>(moments(x.row(i), p).divisor);
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
  for_each_query(qkv, shape,
                 [&](size_t head, size_t t, const Seen& seen,
                     std::span<double> weights, double highest) {
                   const double total = exponentiate(weights, highest);
                   const std::span<float> out =
                       z.row(t).subspan(shape.q_column(head), shape.d_head);
                   std::ranges::fill(out, 0.0F);
                   const float* values = seen.keys + shape.kv_width();
                   for (size_t s = 0; s < seen.count; ++s) {
                     const auto weight = static_cast<float>(weights[s] / total);
                     for (size_t i = 0; i < shape.d_head; ++i)
                       out[i] += weight * values[s * seen.stride + i];
                   }
                 });
}

void attention_scores(MatrixView<const float> qkv, const AttentionShape& shape,
                      MatrixView<float> scores) {
  for_each_query(qkv, shape,
                 [&](size_t head, size_t t, const Seen& seen,
                     std::span<const double> of_query, double) {
                   const auto row = scores.row(head * qkv.rows() + t);
                   std::ranges::fill(row, -INFINITY);
                   const size_t first = shape.first_seen(t);
                   for (size_t s = 0; s < seen.count; ++s)
                     row[first + s] = static_cast<float>(of_query[s]);
                 });
}

void attention_pattern(MatrixView<const float> qkv, const AttentionShape& shape,
                       MatrixView<float> pattern) {
  for_each_query(qkv, shape,
                 [&](size_t head, size_t t, const Seen& seen,
                     std::span<double> weights, double highest) {
                   const double total = exponentiate(weights, highest);
                   const auto row = pattern.row(head * qkv.rows() + t);
                   std::ranges::fill(row, 0.0F);
                   const size_t first = shape.first_seen(t);
                   for (size_t s = 0; s < seen.count; ++s)
                     row[first + s] = static_cast<float>(weights[s] / total);
                 });
}

double log_sum_exp(std::span<const float> x) {
  const float highest = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (float value : x) sum += std::exp(static_cast<double>(value - highest));
  return static_cast<double>(highest) + std::log(sum);
}

}  // namespace excise
