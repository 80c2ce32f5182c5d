#include "run/path_gradient.h"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "math/ops/logit_comparison.h"
#include "math/ops/matmul.h"
#include "math/ops/norm_gradient.h"
#include "run/unembedding_block.h"

namespace excise {
namespace {

// Rows of one reading of the vocabulary, and of one product.
constexpr size_t kGroupRows = 4096;
constexpr size_t kProductRows = 512;

struct PathPoint {
  double at, weight;  // on 0 .. 1
};

template <unsigned kPoints>
std::vector<PathPoint> gauss_points() {
  using Gauss = boost::math::quadrature::gauss<double, kPoints>;
  std::vector<PathPoint> points;
  for (size_t i = 0; i < Gauss::abscissa().size(); ++i) {
    const double x = Gauss::abscissa()[i], weight = Gauss::weights()[i] / 2;
    points.push_back({(1 + x) / 2, weight});
    if (x > 0) points.push_back({(1 - x) / 2, weight});
  }
  return points;
}

std::vector<PathPoint> path_points(size_t count) {
  if (count == 3) return gauss_points<3>();
  return count == 8 ? gauss_points<8>() : gauss_points<16>();
}

// Some of the rows at all points: row r at point p is row r * points + p of
// every matrix here.
class GradientGroup {
 public:
  GradientGroup(const ModelConfig& config, const Weights& weights,
                const NormParameters& norm, std::span<const PathRow> rows,
                std::span<const PathPoint> points)
      : head_(config.architecture.head),
        weights_(weights),
        norm_(norm),
        rows_(rows),
        points_(points),
        x_(Matrix<float>::uninitialized(rows.size() * points.size(),
                                        config.d_model)),
        y_(Matrix<float>::uninitialized(x_.rows(), config.d_model)),
        expected_(x_.rows(), config.d_model),
        shift_(x_.rows(), -std::numeric_limits<float>::infinity()),
        sum_(x_.rows(), 0.0),
        slope_(x_.rows(), 1.0),
        logits_(Matrix<float>::uninitialized(product_rows(), kVocabularyBlock)),
        e_(Matrix<float>::uninitialized(product_rows(), kVocabularyBlock)) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < x_.rows(); ++i) {
      const PathRow& row = rows_[i / points_.size()];
      const auto at = static_cast<float>(points_[i % points_.size()].at);
      for (size_t j = 0; j < x_.cols(); ++j)
        x_(i, j) = row.x[j] + at * row.delta[j];
    }
    norm_rows(x_, norm_, y_);
  }

  // What the head expects of the vocabulary, block after block: with z the
  // logits, e = exp(z - shift) and z' their slopes, the sum of e z' times the
  // rows of the unembedding.
  Status add_vocabulary(const Progress& progress) {
    const StoredTensor& unembedding = weights_.unembedding();
    MatmulWeight forward, backward;
    for (size_t first = 0; first < unembedding.rows();
         first += kVocabularyBlock) {
      EXCISE_CHECK(progress.check_cancelled());
      const size_t count =
          std::min(kVocabularyBlock, unembedding.rows() - first);
      const auto block =
          EXCISE_TRY(UnembeddingBlock::load(unembedding, first, count));
      EXCISE_CHECK(
          forward.pack(block.view(), WeightLayout::kOutIn, product_rows()));
      EXCISE_CHECK(
          backward.pack(block.view(), WeightLayout::kInOut, product_rows()));
      for (size_t row = 0; row < x_.rows(); row += product_rows()) {
        EXCISE_CHECK(add_block(row, std::min(product_rows(), x_.rows() - row),
                               first, forward, backward));
      }
    }
    return {};
  }

  // Fills the gradients of the rows.
  Status finish() const {
    Matrix<float> targets(rows_.size(), x_.cols());
    for (size_t r = 0; r < rows_.size(); ++r) {
      EXCISE_CHECK(
          weights_.unembedding().copy_rows(static_cast<size_t>(rows_[r].target),
                                           targets.view().row_range(r, 1)));
    }
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < rows_.size(); ++r) finish_row(r, targets.row(r));
    return {};
  }

 private:
  size_t product_rows() const { return std::min(x_.rows(), kProductRows); }

  // Rows row .. row + rows - 1, tokens from `first`.
  Status add_block(size_t row, size_t rows, size_t first,
                   const MatmulWeight& forward, const MatmulWeight& backward) {
    const size_t tokens = forward.outputs();
    const MatrixView<float> logits(logits_.data(), rows, tokens);
    const MatrixView<float> e(e_.data(), rows, tokens);
    EXCISE_CHECK(matmul(y_.view().row_range(row, rows), forward, logits));
    weights_.finish_logits(first, logits);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < rows; ++i)
      weigh(row + i, first, logits.row(i), e.row(i));
    return matmul(e, backward, expected_.view().row_range(row, rows), true);
  }

  // e: exp(logits - shift) times the slopes of the logits.
  void weigh(size_t i, size_t first, std::span<const float> logits,
             std::span<float> e) {
    const float best = *std::ranges::max_element(logits);
    if (best > shift_[i]) {
      const double factor = std::exp(double{shift_[i]} - double{best});
      for (float& value : expected_.row(i)) value *= static_cast<float>(factor);
      sum_[i] *= factor;
      shift_[i] = best;
    }
    exp_of(logits, shift_[i], e);
    double sum = 0;
    for (const float value : e) sum += double{value};
    sum_[i] += sum;
    if (head_.cap == 0) return;
    for (size_t j = 0; j < e.size(); ++j)
      e[j] *= static_cast<float>(slope_of(logits[j]));
    const auto target = static_cast<size_t>(rows_[i / points_.size()].target);
    if (target >= first && target < first + logits.size())
      slope_[i] = slope_of(logits[target - first]);
  }

  // d(cap tanh(u / cap)) / du.
  double slope_of(float logit) const {
    const double tanh = double{logit} / double{head_.cap};
    return 1 - tanh * tanh;
  }

  void finish_row(size_t r, std::span<const float> target) const {
    std::vector<double> sum(x_.cols(), 0.0), gradient(x_.cols());
    for (size_t p = 0; p < points_.size(); ++p) {
      const size_t i = r * points_.size() + p;
      for (size_t j = 0; j < gradient.size(); ++j) {
        gradient[j] = double{head_.scale} * (slope_[i] * double{target[j]} -
                                             double{expected_(i, j)} / sum_[i]);
      }
      norm_gradient(x_.row(i), norm_, gradient);
      for (size_t j = 0; j < gradient.size(); ++j)
        sum[j] += points_[p].weight * gradient[j];
    }
    std::ranges::transform(sum, rows_[r].gradient.begin(), [](double value) {
      return static_cast<float>(value);
    });
  }

  const Head& head_;
  const Weights& weights_;
  const NormParameters& norm_;
  std::span<const PathRow> rows_;
  std::span<const PathPoint> points_;
  Matrix<float> x_, y_;        // [rows * points, d_model], and behind the norm
  Matrix<float> expected_;     // [rows * points, d_model], times sum_
  std::vector<float> shift_;   // [rows * points] largest logit so far
  std::vector<double> sum_;    // [rows * points] of exp(logit - shift)
  std::vector<double> slope_;  // [rows * points] of the target's logit
  Matrix<float> logits_, e_;   // [rows of a product, block]
};

}  // namespace

size_t path_gradient_bytes(size_t d_model) {
  return sizeof(float) *
         (4 * kGroupRows * d_model + 2 * kProductRows * kVocabularyBlock +
          3 * kVocabularyBlock * d_model);
}

Status path_gradients(const ModelConfig& config, const Weights& weights,
                      const NormParameters& norm, std::span<const PathRow> rows,
                      size_t count, const Progress& progress) {
  const std::vector<PathPoint> points = path_points(count);
  const size_t most = std::max<size_t>(1, kGroupRows / points.size());
  for (size_t first = 0; first < rows.size(); first += most) {
    GradientGroup group(
        config, weights, norm,
        rows.subspan(first, std::min(most, rows.size() - first)), points);
    EXCISE_CHECK(group.add_vocabulary(progress));
    EXCISE_CHECK(group.finish());
  }
  return {};
}

}  // namespace excise
