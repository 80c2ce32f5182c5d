#include "run/text_rows.h"

#include <algorithm>
#include <utility>

namespace excise {
namespace {

template <typename T>
std::vector<T> part_of(const std::vector<T>& all, size_t first, size_t count) {
  const auto begin = all.begin() + static_cast<ptrdiff_t>(first);
  return {begin, begin + static_cast<ptrdiff_t>(count)};
}

}  // namespace

TextRows::TextRows(size_t rows, std::span<const size_t> starts)
    : starts_(starts.begin(), starts.end()), is_last_(rows, false) {
  if (starts_.empty()) starts_ = {0, rows};
  for (size_t text = 0; text < texts(); ++text)
    is_last_[starts_[text + 1] - 1] = true;
}

size_t TextRows::longest() const {
  size_t longest = 0;
  for (size_t text = 0; text < texts(); ++text)
    longest = std::max(longest, count(text));
  return longest;
}

CleanRun clean_of_text(const CleanRun& all, const TextRows& rows, size_t text) {
  const size_t first = rows.first(text), count = rows.count(text);
  CleanRun clean;
  clean.logprob = part_of(all.logprob, first, count);
  clean.logit = part_of(all.logit, first, count);
  clean.top1 = part_of(all.top1, first, count);
  return clean;
}

BranchEffect effect_of_text(const BranchEffect& all, const TextRows& rows,
                            size_t text) {
  const size_t first = rows.first(text), count = rows.count(text);
  BranchEffect effect;
  effect.delta_logprob = part_of(all.delta_logprob, first, count);
  effect.delta_logit = part_of(all.delta_logit, first, count);
  effect.kl = part_of(all.kl, first, count);
  effect.top1 = part_of(all.top1, first, count);
  effect.top1_changed = part_of(all.top1_changed, first, count);
  return effect;
}

EditLayer edit_by_text(const TextRows& rows, EditText edit) {
  return [&rows, edit = std::move(edit)](
             size_t layer, MatrixView<const float> value,
             std::span<const Branch> branches,
             std::span<const MatrixView<float>> deltas) -> Status {
    std::vector<MatrixView<float>> of_text(deltas.size());
    for (size_t text = 0; text < rows.texts(); ++text) {
      const size_t first = rows.first(text), count = rows.count(text);
      for (size_t b = 0; b < deltas.size(); ++b)
        of_text[b] = deltas[b].row_range(first, count);
      EXCISE_CHECK(
          edit(text, layer, value.row_range(first, count), branches, of_text));
    }
    return {};
  };
}

}  // namespace excise
