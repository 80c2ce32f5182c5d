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

// What a corpus keeps beside those sums.
struct SumsOf {
  bool tokens = false;  // the numbers of each token
  size_t parts = 0;     // 1 + 2 n_layers; 0: where effects arise is not asked
  bool halves = false;  // what a choice of tokens makes of the removal
};

// Where each number of a window lies in a row of them.
class SumsLayout {
 public:
  constexpr SumsLayout(size_t layers, size_t branches, SumsOf of = {})
      : layers_(layers), branches_(branches), of_(of) {}

  constexpr size_t width() const {
    return first_of_layers() + layers_ * of_layer();
  }
  // Measured tokens; below 0 where the window could not be measured.
  static constexpr size_t kTokens = 0;
  static constexpr size_t kLogprob = 1;  // clean, summed over them
  // The share of variance that is removed at the i-th layer, %.
  size_t share(size_t i) const { return kFirstShare + i; }
  size_t sum(size_t branch, Sum sum) const {
    return kFirstShare + layers_ + kSums * branch + static_cast<size_t>(sum);
  }
  const SumsOf& of() const { return of_; }
  // Where parts are asked for. Of what a branch writes alone; of part p of the
  // i-th layer's removal, as PartsOfEffect::shares; the largest error of a
  // token's shares, and most points, which are no sums.
  size_t direct(size_t branch) const { return first_direct() + branch; }
  size_t part(size_t i, size_t p) const { return at_layer(i) + p; }
  size_t parts_error(size_t i) const { return at_layer(i) + of_.parts; }
  size_t parts_points(size_t i) const { return at_layer(i) + of_.parts + 1; }
  // Where halves are: effects of the i-th layer's removal in the first half of
  // the window's tokens, the number of these, and that of those which an edit
  // reaches that spares the first.
  size_t first_half(size_t i) const { return at_layer(i) + of_parts(); }
  size_t half_tokens(size_t i) const { return first_half(i) + 1; }
  size_t behind_first(size_t i) const { return first_half(i) + 2; }
  // Numbers of each token, where they are kept too: TokenRows.
  size_t token_width() const { return of_.tokens ? 1 + 2 * layers_ : 0; }

 private:
  static constexpr size_t kFirstShare = 2;
  static constexpr size_t kSums = static_cast<size_t>(Sum::kCount);
  constexpr size_t first_direct() const {
    return kFirstShare + layers_ + kSums * branches_;
  }
  constexpr size_t first_of_layers() const {
    return first_direct() + (of_.parts > 0 ? branches_ : 0);
  }
  constexpr size_t of_parts() const {
    return of_.parts > 0 ? of_.parts + 2 : 0;
  }
  constexpr size_t of_layer() const {
    return of_parts() + (of_.halves ? 3 : 0);
  }
  size_t at_layer(size_t i) const { return first_of_layers() + i * of_layer(); }

  size_t layers_, branches_;
  SumsOf of_;
};

// Positions of a text whose tokens are measured. context: its first tokens,
// which are not.
std::vector<size_t> measured_tokens(const SweepPlan& plan, size_t context);

// Fills the row of one text of a batch but for the shares. context: as above.
void sum_text(const SweepPlan& plan, const BatchOutput& batch, size_t text,
              size_t context, const SumsLayout& layout, std::span<double> row);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_TEXT_SUMS_H_
