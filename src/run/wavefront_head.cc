#include "run/wavefront_head.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "math/ops/bfloat16.h"
#include "math/ops/logit_comparison.h"
#include "math/ops/matmul.h"
#include "model/finite_check.h"
#include "run/unembedding_block.h"
#include "run/wavefront_layer.h"

namespace excise {
namespace {

// What the vocabulary says of the clean run, block after block: the largest
// logit so far, which is the shift of all exponentials, and their sum.
class CleanPredictions {
 public:
  CleanPredictions(std::span<const int> ids, const TextRows& texts,
                   std::span<const PredictionRequest> requests)
      : ids_(ids),
        texts_(texts),
        requests_(requests),
        requested_(requests.size(), 0.0),
        shift_(ids.size(), -std::numeric_limits<float>::infinity()),
        sum_(ids.size(), 0.0),
        rescale_(ids.size(), 1.0),
        top1_(ids.size(), 0),
        logit_(ids.size(), 0.0),
        logits_(Matrix<float>::uninitialized(ids.size(), kVocabularyBlock)),
        e_(Matrix<float>::uninitialized(ids.size(), kVocabularyBlock)) {}

  // weight: of tokens first .. first + weight.outputs() - 1 of the unembedding
  // of `model`. Errors: those of check_logits().
  Status add_block(const Weights& model, size_t first,
                   const MatmulWeight& weight, MatrixView<const float> clean) {
    // Rows without gaps: with AVX-512 oneDNN 2.6 has no kernel for some packed
    // weights where there are some.
    block_ = {logits_.data(), ids_.size(), weight.outputs()};
    EXCISE_CHECK(matmul(clean, weight, block_));
    model.finish_logits(first, block_);
    EXCISE_CHECK(check_logits(model, first, block_));
#pragma omp parallel for schedule(static)
    for (size_t t = 0; t < ids_.size(); ++t) add_row(first, t);
    for (size_t r = 0; r < requests_.size(); ++r) {
      const auto token = static_cast<size_t>(requests_[r].token);
      if (token >= first && token < first + block_.cols())
        requested_[r] = block_(requests_[r].position, token - first);
    }
    return {};
  }

  // Of the block at hand: logits, and e = exp(logits - shift).
  MatrixView<const float> block() const { return block_; }
  std::span<const float> logits(size_t t) const { return block_.row(t); }
  std::span<const float> e(size_t t) const {
    return e_.row(t).first(block_.cols());
  }
  float shift(size_t t) const { return shift_[t]; }
  // What sums over earlier blocks are to be multiplied by.
  double rescale(size_t t) const { return rescale_[t]; }
  // Of all e.
  double sum(size_t t) const { return sum_[t]; }

  double log_sum(size_t t) const {
    return double{shift_[t]} + std::log(sum_[t]);
  }

  // After the last block.
  void finish(CleanRun& clean) const {
    const size_t tokens = ids_.size();
    clean.top1 = top1_;
    clean.logit = logit_;
    clean.logprob.assign(tokens, 0.0);
    for (size_t t = 0; t < tokens; ++t) {
      if (!texts_.is_last(t)) clean.logprob[t + 1] = logit_[t + 1] - log_sum(t);
    }
    clean.requested.clear();
    for (size_t r = 0; r < requests_.size(); ++r) {
      clean.requested.push_back(
          {requested_[r] - log_sum(requests_[r].position), requested_[r]});
    }
  }

 private:
  void add_row(size_t first, size_t t) {
    const std::span<const float> row = logits(t);
    float best = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(max : best)
    for (size_t i = 0; i < row.size(); ++i) best = std::max(best, row[i]);
    rescale_[t] = 1;
    if (best > shift_[t]) {
      rescale_[t] = std::exp(double{shift_[t]} - double{best});
      shift_[t] = best;
      top1_[t] = static_cast<int>(first) +
                 static_cast<int>(std::ranges::find(row, best) - row.begin());
    }
    const std::span<float> e = e_.row(t).first(block_.cols());
    exp_of(row, shift_[t], e);
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < e.size(); ++i) sum += double{e[i]};
    sum_[t] = sum_[t] * rescale_[t] + sum;
    if (texts_.is_last(t)) return;
    const auto target = static_cast<size_t>(ids_[t + 1]);
    if (target >= first && target < first + block_.cols())
      logit_[t + 1] = row[target - first];
  }

  std::span<const int> ids_;
  const TextRows& texts_;
  std::span<const PredictionRequest> requests_;
  std::vector<double> requested_;  // [requests] logits
  std::vector<float> shift_;       // [tokens]
  std::vector<double> sum_;        // [tokens]
  std::vector<double> rescale_;    // [tokens]
  std::vector<int> top1_;          // [tokens]
  std::vector<double> logit_;      // [tokens] of the token that came
  Matrix<float> logits_, e_;       // [tokens, block]
  MatrixView<float> block_;        // of logits_, the tokens at hand
};

// Compares the branches with the clean run, one block of the vocabulary after
// the other.
class BranchComparison {
 public:
  // differences: [rows, d_model].
  BranchComparison(std::span<const int> ids, const TextRows& texts,
                   std::span<const PredictionRequest> requests,
                   MatrixView<const float> differences, Compute compute)
      : ids_(ids),
        texts_(texts),
        requests_(requests),
        requested_(differences.rows() / ids.size(), requests.size()),
        differences_(differences),
        chunk_rows_(std::min(differences.rows(), kChunkRows)),
        sums_(differences.rows()),
        target_changes_(differences.rows(), 0.0F) {
    changes_ = Matrix<float>::uninitialized(chunk_rows_, kVocabularyBlock);
    if (compute != Compute::kBF16) return;
    rounded_ =
        Matrix<BFloat16>::uninitialized(differences.rows(), differences.cols());
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < differences.rows(); ++i) {
      round_to_bfloat16(differences.row(i), rounded_.row(i));
    }
  }

  bool rounds() const { return !rounded_.empty(); }

  // weight: in the precision of the differences, for the clean block at hand.
  Status add_block(const Weights& model, size_t first,
                   const MatmulWeight& weight, const CleanPredictions& clean) {
    for (size_t row = 0; row < differences_.rows(); row += chunk_rows_) {
      const size_t rows = std::min(chunk_rows_, differences_.rows() - row);
      const MatrixView<float> changes(changes_.data(), rows, weight.outputs());
      if (rounded_.empty()) {
        EXCISE_CHECK(
            matmul(differences_.row_range(row, rows), weight, changes));
      } else {
        const MatrixView<const BFloat16> x = rounded_.view();
        EXCISE_CHECK(matmul(x.row_range(row, rows), weight, changes));
      }
      model.finish_logit_changes(clean.block(), row, changes);
      add_rows(row, first, changes, clean);
    }
    return {};
  }

  // Branch b's part of the results.
  void finish(size_t b, const CleanPredictions& clean,
              const CleanRun& clean_run, BranchEffect& effect) {
    const size_t tokens = ids_.size();
    effect.delta_logprob.assign(tokens, 0.0);
    effect.delta_logit.assign(tokens, 0.0);
    effect.kl.resize(tokens);
    effect.top1.resize(tokens);
    effect.top1_changed.resize(tokens);
    for (size_t t = 0; t < tokens; ++t) {
      LogitComparison& sum = sums_[b * tokens + t];
      sum.scale(1 / clean.sum(t));
      effect.kl[t] = sum.kl();
      effect.top1[t] = static_cast<int>(sum.best_token);
      effect.top1_changed[t] = effect.top1[t] != clean_run.top1[t] ? 1 : 0;
      if (texts_.is_last(t)) continue;
      const double change = target_changes_[b * tokens + t];
      effect.delta_logit[t + 1] = -change;
      effect.delta_logprob[t + 1] = sum.log_sum_change() - change;
    }
    effect.requested.clear();
    for (size_t r = 0; r < requests_.size(); ++r) {
      const LogitComparison& sum = sums_[b * tokens + requests_[r].position];
      const double change = requested_(b, r);
      effect.requested.push_back({sum.log_sum_change() - change, -change});
    }
  }

 private:
  // changes: of the logits of rows first_row .. and tokens first ...
  void add_rows(size_t first_row, size_t first, MatrixView<const float> changes,
                const CleanPredictions& clean) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < changes.rows(); ++i) {
      const size_t row = first_row + i;
      const size_t t = row % ids_.size();
      sums_[row].scale(clean.rescale(t));
      add_logits(clean.logits(t), clean.shift(t), clean.e(t), changes.row(i),
                 first, sums_[row]);
      if (texts_.is_last(t)) continue;
      const auto target = static_cast<size_t>(ids_[t + 1]);
      if (target >= first && target < first + changes.cols()) {
        target_changes_[row] = changes(i, target - first);
      }
    }
    add_requested(first_row, first, changes);
  }

  void add_requested(size_t first_row, size_t first,
                     MatrixView<const float> changes) {
    for (size_t r = 0; r < requests_.size(); ++r) {
      const auto token = static_cast<size_t>(requests_[r].token);
      if (token < first || token >= first + changes.cols()) continue;
      for (size_t b = 0; b < requested_.rows(); ++b) {
        const size_t row = b * ids_.size() + requests_[r].position;
        if (row < first_row || row >= first_row + changes.rows()) continue;
        requested_(b, r) = changes(row - first_row, token - first);
      }
    }
  }

  std::span<const int> ids_;
  const TextRows& texts_;
  std::span<const PredictionRequest> requests_;
  Matrix<float> requested_;  // [branches, requests] changes of logits
  MatrixView<const float> differences_;
  size_t chunk_rows_;
  std::vector<LogitComparison> sums_;  // [rows]
  std::vector<float> target_changes_;  // [rows] of the logit of the next token
  Matrix<float> changes_;              // [chunk rows, block]
  Matrix<BFloat16> rounded_;           // differences, in bfloat16 only
};

}  // namespace

size_t head_bytes(size_t tokens, size_t d_model) {
  const size_t weights = 3 * kVocabularyBlock * d_model;
  const size_t logits = (2 * tokens + kChunkRows) * kVocabularyBlock;
  return (weights + logits) * sizeof(float);
}

Status compare_predictions(const ExecutorInput& input, const TextRows& texts,
                           MatrixView<const float> clean,
                           std::span<const ComparedRows> compared,
                           const Progress& progress, CleanRun& clean_run) {
  const StoredTensor& unembedding = input.weights.unembedding();
  CleanPredictions predictions(input.ids, texts, input.requests);
  std::vector<BranchComparison> comparisons;
  size_t rows = input.ids.size();  // of a product in float32, at most
  size_t rounded_rows = 0;         // and in bfloat16
  for (const ComparedRows& of : compared) {
    size_t& most = of.compute == Compute::kBF16 ? rounded_rows : rows;
    most = std::max(most, std::min(of.differences.rows(), kChunkRows));
    comparisons.emplace_back(input.ids, texts, input.requests, of.differences,
                             of.compute);
  }
  MatmulWeight f32, rounded;  // of the block at hand
  for (size_t first = 0; first < unembedding.rows();
       first += kVocabularyBlock) {
    EXCISE_CHECK(progress.check_cancelled());
    const size_t count = std::min(kVocabularyBlock, unembedding.rows() - first);
    const auto block =
        EXCISE_TRY(UnembeddingBlock::load(unembedding, first, count));
    EXCISE_CHECK(f32.pack(block.view(), WeightLayout::kOutIn, rows));
    EXCISE_CHECK(predictions.add_block(input.weights, first, f32, clean));
    if (input.vocabulary_block) {
      const auto multiply = [&f32](MatrixView<const float> of,
                                   MatrixView<float> out) {
        return matmul(of, f32, out);
      };
      EXCISE_CHECK(input.vocabulary_block(first, count, multiply));
    }
    if (rounded_rows > 0)
      EXCISE_CHECK(
          rounded.pack_bf16(block.view(), WeightLayout::kOutIn, rounded_rows));
    for (BranchComparison& comparison : comparisons) {
      EXCISE_CHECK(comparison.add_block(input.weights, first,
                                        comparison.rounds() ? rounded : f32,
                                        predictions));
    }
  }
  predictions.finish(clean_run);
  for (size_t i = 0; i < compared.size(); ++i) {
    for (size_t b = 0; b < compared[i].effects.size(); ++b)
      comparisons[i].finish(b, predictions, clean_run, compared[i].effects[b]);
  }
  return {};
}

}  // namespace excise
