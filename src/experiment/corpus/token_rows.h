// What is kept of each token where that is asked for.
#ifndef EXCISE_EXPERIMENT_CORPUS_TOKEN_ROWS_H_
#define EXCISE_EXPERIMENT_CORPUS_TOKEN_ROWS_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "experiment/sweep/text_batch.h"
#include "model/model.h"

namespace excise {

// Of the measured tokens of one window, in their order. A row is the token's
// position in the window, then for each swept layer what the preset does to it:
// the effect (clean - edited log-probability, nats), then for each layer the KL
// divergence of the prediction it is read from.
class TokenRows {
 public:
  TokenRows() = default;
  // numbers: [pieces x (1 + 2 layers)]; pieces: the tokens' texts, UTF-8.
  TokenRows(std::vector<double> numbers, std::vector<std::string> pieces);

  size_t size() const { return pieces_.size(); }
  size_t position(size_t token) const {
    return static_cast<size_t>(row(token)[0]);
  }
  const std::string& piece(size_t token) const { return pieces_[token]; }
  double effect(size_t token, size_t layer_index) const {
    return row(token)[1 + layer_index];
  }
  double kl(size_t token, size_t layer_index) const {
    return row(token)[1 + layers() + layer_index];
  }
  const std::vector<double>& numbers() const { return numbers_; }
  const std::vector<std::string>& pieces() const { return pieces_; }

 private:
  size_t width() const { return numbers_.size() / pieces_.size(); }
  size_t layers() const { return (width() - 1) / 2; }
  std::span<const double> row(size_t token) const {
    return std::span(numbers_).subspan(token * width(), width());
  }

  std::vector<double> numbers_;
  std::vector<std::string> pieces_;
};

// Of one text of a batch. context: as measured_tokens() takes it.
TokenRows token_rows(const Model& model, const SweepPlan& plan,
                     const BatchOutput& batch, size_t text, size_t context);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_TOKEN_ROWS_H_
