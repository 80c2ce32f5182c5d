#include "experiment/wavefront_head.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "experiment/wavefront_layer.h"
#include "math/ops/bfloat16.h"
#include "math/ops/logit_comparison.h"
#include "math/ops/matmul.h"
#include "math/ops/reference.h"

namespace excise {
namespace {

// One block of the unembedding in float32: a view of the file where it stores
// that.
class UnembeddingBlock {
 public:
  static Result<UnembeddingBlock> load(const StoredTensor& tensor, size_t first,
                                       size_t count) {
    UnembeddingBlock block;
    if (const auto all = tensor.as_float_view()) {
      block.view_ = all->row_range(first, count);
      return block;
    }
    block.storage_ = Matrix<float>::uninitialized(count, tensor.cols());
    EXCISE_CHECK(tensor.copy_rows(first, block.storage_));
    block.view_ = block.storage_.view();
    return block;
  }
  MatrixView<const float> view() const { return view_; }

 private:
  Matrix<float> storage_;
  MatrixView<const float> view_;
};

template <typename F>
Status for_each_block(const Weights& weights, const Progress& progress, F&& f) {
  const StoredTensor& unembedding = weights.unembedding();
  for (size_t first = 0; first < unembedding.rows();
       first += kVocabularyBlock) {
    EXCISE_CHECK(progress.check_cancelled());
    const size_t count = std::min(kVocabularyBlock, unembedding.rows() - first);
    const auto block =
        EXCISE_TRY(UnembeddingBlock::load(unembedding, first, count));
    EXCISE_CHECK(f(first, count, block.view()));
  }
  return {};
}

// Log-probabilities of the clean run, [tokens, d_vocab], and its part of the
// results.
Result<Matrix<float>> predict_clean(const Weights& weights,
                                    std::span<const int> ids,
                                    MatrixView<const float> clean,
                                    const Progress& progress,
                                    CleanRun& clean_run) {
  const size_t tokens = ids.size();
  auto logits =
      Matrix<float>::uninitialized(tokens, weights.unembedding().rows());
  EXCISE_CHECK(for_each_block(
      weights, progress,
      [&](size_t first, size_t count, MatrixView<const float> w) {
        return matmul(clean, MatmulWeight::borrowed(w, WeightLayout::kOutIn),
                      logits.view().col_range(first, count));
      }));
  std::vector<double> log_sums(tokens);
  clean_run.top1.resize(tokens);
#pragma omp parallel for schedule(static)
  for (size_t t = 0; t < tokens; ++t) {
    const std::span<float> row = logits.row(t);
    log_sums[t] = log_sum_exp(row);
    clean_run.top1[t] = static_cast<int>(
        std::max_element(row.begin(), row.end()) - row.begin());
  }
  clean_run.logprob.assign(tokens, 0.0);
  clean_run.logit.assign(tokens, 0.0);
  for (size_t t = 0; t < tokens; ++t) {
    if (!std::isfinite(log_sums[t])) {
      return fail(ErrorCode::kBadFile,
                  {.where = "forward",
                   .subject = "logits of token " + std::to_string(t),
                   .expected = "finite numbers",
                   .found = "NaN or infinity",
                   .hint = "the weights of this model overflow float32"});
    }
    if (t + 1 < tokens) {
      clean_run.logit[t + 1] = logits(t, ids[t + 1]);
      clean_run.logprob[t + 1] = clean_run.logit[t + 1] - log_sums[t];
    }
  }
#pragma omp parallel for schedule(static)
  for (size_t t = 0; t < tokens; ++t) {
    for (float& value : logits.row(t)) {
      value = static_cast<float>(double{value} - log_sums[t]);
    }
  }
  return logits;
}

// Compares the branches with the clean run, one block of the vocabulary after
// the other.
class BranchComparison {
 public:
  // log_p: [tokens, d_vocab] of the clean run; differences: [rows, d_model].
  BranchComparison(std::span<const int> ids, MatrixView<const float> log_p,
                   MatrixView<const float> differences, Compute compute)
      : ids_(ids),
        log_p_(log_p),
        differences_(differences),
        compute_(compute),
        chunk_rows_(std::min(differences.rows(), kChunkRows)),
        sums_(differences.rows()),
        target_changes_(differences.rows(), 0.0F) {
    p_ = Matrix<float>(ids.size(), kVocabularyBlock);
    logits_ = Matrix<float>::uninitialized(chunk_rows_, kVocabularyBlock);
    if (compute != Compute::kBF16) return;
    rounded_ =
        Matrix<BFloat16>::uninitialized(differences.rows(), differences.cols());
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < differences.rows(); ++i) {
      round_to_bfloat16(differences.row(i), rounded_.row(i));
    }
  }

  // w: [count, d_model], tokens first .. first + count - 1.
  Status add_block(size_t first, size_t count, MatrixView<const float> w) {
    for (size_t t = 0; t < ids_.size(); ++t) {
      exp_of(log_p_.row(t).subspan(first, count), p_.row(t).first(count));
    }
    if (compute_ == Compute::kBF16) {
      weight_.pack_bf16(w, WeightLayout::kOutIn, chunk_rows_);
    } else {
      weight_.pack(w, WeightLayout::kOutIn, chunk_rows_);
    }
    for (size_t row = 0; row < differences_.rows(); row += chunk_rows_) {
      const size_t rows = std::min(chunk_rows_, differences_.rows() - row);
      const MatrixView<float> changes(logits_.data(), rows, count,
                                      kVocabularyBlock);
      if (compute_ == Compute::kBF16) {
        const MatrixView<const BFloat16> x = rounded_.view();
        EXCISE_CHECK(matmul(x.row_range(row, rows), weight_, changes));
      } else {
        EXCISE_CHECK(
            matmul(differences_.row_range(row, rows), weight_, changes));
      }
      add_rows(row, first, changes);
    }
    return {};
  }

  // Branch b's part of the results.
  void finish(size_t b, const CleanRun& clean, BranchEffect& effect) const {
    const size_t tokens = ids_.size();
    effect.delta_logprob.assign(tokens, 0.0);
    effect.delta_logit.assign(tokens, 0.0);
    effect.kl.resize(tokens);
    effect.top1_changed.resize(tokens);
    for (size_t t = 0; t < tokens; ++t) {
      const LogitComparison& sum = sums_[b * tokens + t];
      effect.kl[t] = sum.kl();
      effect.top1_changed[t] =
          static_cast<int>(sum.best_token) != clean.top1[t] ? 1 : 0;
      if (t + 1 == tokens) continue;
      const double change = target_changes_[b * tokens + t];
      effect.delta_logit[t + 1] = -change;
      effect.delta_logprob[t + 1] = sum.log_sum_change() - change;
    }
  }

 private:
  // changes: of the logits of rows first_row .. and tokens first ...
  void add_rows(size_t first_row, size_t first,
                MatrixView<const float> changes) {
    const size_t count = changes.cols();
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < changes.rows(); ++i) {
      const size_t row = first_row + i;
      const size_t t = row % ids_.size();
      add_logits(log_p_.row(t).subspan(first, count), p_.row(t).first(count),
                 changes.row(i), first, sums_[row]);
      if (t + 1 == ids_.size()) continue;
      const auto target = static_cast<size_t>(ids_[t + 1]);
      if (target >= first && target < first + count) {
        target_changes_[row] = changes(i, target - first);
      }
    }
  }

  std::span<const int> ids_;
  MatrixView<const float> log_p_;
  MatrixView<const float> differences_;
  Compute compute_;
  size_t chunk_rows_;
  std::vector<LogitComparison> sums_;  // [rows]
  std::vector<float> target_changes_;  // [rows] of the logit of the next token
  Matrix<float> p_;                    // [tokens, block] exp(log_p)
  Matrix<float> logits_;               // [chunk rows, block]
  MatmulWeight weight_;                // the block at hand
  Matrix<BFloat16> rounded_;           // differences, in bfloat16 only
};

}  // namespace

Status compare_predictions(const Weights& weights, std::span<const int> ids,
                           MatrixView<const float> clean,
                           MatrixView<const float> differences, Compute compute,
                           const Progress& progress, CleanRun& clean_run,
                           std::span<BranchEffect> effects) {
  const Matrix<float> log_p =
      EXCISE_TRY(predict_clean(weights, ids, clean, progress, clean_run));
  if (effects.empty()) return {};
  BranchComparison comparison(ids, log_p, differences, compute);
  EXCISE_CHECK(for_each_block(
      weights, progress,
      [&](size_t first, size_t count, MatrixView<const float> w) {
        return comparison.add_block(first, count, w);
      }));
  for (size_t b = 0; b < effects.size(); ++b)
    comparison.finish(b, clean_run, effects[b]);
  return {};
}

}  // namespace excise
