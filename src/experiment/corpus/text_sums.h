// What is kept of a window: sums over its measured tokens, for each branch.
#ifndef EXCISE_EXPERIMENT_CORPUS_TEXT_SUMS_H_
#define EXCISE_EXPERIMENT_CORPUS_TEXT_SUMS_H_

#include <cstddef>
#include <span>
#include <vector>

#include "experiment/sweep/text_batch.h"

namespace excise {

// Of a branch, in their order. d: clean - edited log-probability of the right
// token, nats; drift: the distance of the states behind the final norm, 0 where
// a branch's states are not measured token by token.
enum class Sum { kD, kDSquared, kKl, kTop1Changed, kDriftSquared, kCount };

// Where each number of a window lies in a row of them.
class SumsLayout {
 public:
  constexpr SumsLayout(size_t layers, size_t branches, bool keep_tokens = false)
      : layers_(layers), branches_(branches), keep_tokens_(keep_tokens) {}

  constexpr size_t width() const {
    return kFirstShare + layers_ + kSums * branches_;
  }
  // Measured tokens; below 0 where the window could not be measured.
  static constexpr size_t kTokens = 0;
  static constexpr size_t kLogprob = 1;  // clean, summed over them
  // The share of variance that is removed at the i-th layer, %.
  size_t share(size_t i) const { return kFirstShare + i; }
  size_t sum(size_t branch, Sum sum) const {
    return kFirstShare + layers_ + kSums * branch + static_cast<size_t>(sum);
  }
  // Numbers of each token, where they are kept too: TokenRows.
  size_t token_width() const { return keep_tokens_ ? 1 + 2 * layers_ : 0; }

 private:
  static constexpr size_t kFirstShare = 2;
  static constexpr size_t kSums = static_cast<size_t>(Sum::kCount);
  size_t layers_, branches_;
  bool keep_tokens_;
};

// Positions of a text whose tokens are measured. context: its first tokens,
// which are not.
std::vector<size_t> measured_tokens(const SweepPlan& plan, size_t context);

// Fills the row of one text of a batch but for the shares. context: as above.
void sum_text(const SweepPlan& plan, const BatchOutput& batch, size_t text,
              size_t context, const SumsLayout& layout, std::span<double> row);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_TEXT_SUMS_H_
