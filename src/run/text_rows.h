// Several texts whose tokens are rows below each other, so that they share
// each product.
#ifndef EXCISE_RUN_TEXT_ROWS_H_
#define EXCISE_RUN_TEXT_ROWS_H_

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "run/branch.h"

namespace excise {

// Which rows are whose; borrows the starts.
class TextRows {
 public:
  // starts: the first row of each text, ascending from 0, and one more for the
  // end, `rows`; empty: one text.
  TextRows(size_t rows, std::span<const size_t> starts);

  size_t texts() const { return starts_.size() - 1; }
  size_t first(size_t text) const { return starts_[text]; }
  size_t count(size_t text) const { return starts_[text + 1] - starts_[text]; }
  size_t longest() const;
  std::span<const size_t> starts() const { return starts_; }
  // Whether a row is the last token of its text, which predicts none of it.
  bool is_last(size_t row) const { return is_last_[row]; }

 private:
  std::vector<size_t> starts_;
  std::vector<bool> is_last_;  // [rows]
};

// What a run over several texts says of one of them, token by token; norms of
// states, edits that fired and requests are of all texts.
CleanRun clean_of_text(const CleanRun& all, const TextRows& rows, size_t text);
BranchEffect effect_of_text(const BranchEffect& all, const TextRows& rows,
                            size_t text);

// Makes edits of rows out of edits of each text: what it gets are the rows of
// one.
using EditText = std::function<Status(
    size_t text, size_t layer, MatrixView<const float> value,
    std::span<const Branch> branches,
    std::span<const MatrixView<float>> deltas)>;
EditLayer edit_by_text(const TextRows& rows, EditText edit);

}  // namespace excise

#endif  // EXCISE_RUN_TEXT_ROWS_H_
