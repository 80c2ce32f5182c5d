// What a journal keeps of a batch.
#ifndef EXCISE_EXPERIMENT_CORPUS_BATCH_RECORD_H_
#define EXCISE_EXPERIMENT_CORPUS_BATCH_RECORD_H_

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiment/corpus/text_sums.h"
#include "experiment/corpus/token_rows.h"
#include "run/branch_audit.h"

namespace excise {

// A row of numbers for each window, and why some have none; where tokens are
// kept, behind all of them the rows of each window's tokens.
class BatchRecord {
 public:
  BatchRecord(size_t windows, const SumsLayout& layout);
  // Of the content of a record; nothing where it does not fit. content: begins
  // at a multiple of 8.
  static std::optional<BatchRecord> read(std::span<const std::byte> content,
                                         size_t windows,
                                         const SumsLayout& layout);
  // The rows of such a content, [windows x width], without a copy.
  static std::optional<std::span<const double>> rows_of(
      std::span<const std::byte> content, size_t windows,
      const SumsLayout& layout);

  size_t windows() const { return rows_.size() / width_; }
  std::span<double> row(size_t window) {
    return std::span(rows_).subspan(window * width_, width_);
  }
  // The window could not be measured.
  void leave_out(size_t window, std::string reason);
  const std::map<size_t, std::string>& left_out() const { return left_out_; }
  // Of a window whose row says as many tokens; none where they are not kept.
  void keep_tokens(size_t window, TokenRows tokens) {
    tokens_[window] = std::move(tokens);
  }
  const TokenRows& tokens(size_t window) const { return tokens_[window]; }
  // Of the batch or a part of it.
  void add_audit(const BranchAudit& audit);
  const BranchAudit& audit() const { return audit_; }
  std::string bytes() const;

 private:
  // Tokens of each window, as the rows say; nothing where they are no counts.
  std::optional<std::vector<size_t>> token_counts(size_t most) const;

  size_t width_;
  size_t token_width_;  // 0: tokens are not kept
  std::vector<double> rows_;
  std::map<size_t, std::string> left_out_;
  BranchAudit audit_;
  std::vector<TokenRows> tokens_;  // [windows]
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_BATCH_RECORD_H_
