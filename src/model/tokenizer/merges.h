// The merging half of byte-pair encoding.
#ifndef EXCISE_MODEL_TOKENIZER_MERGES_H_
#define EXCISE_MODEL_TOKENIZER_MERGES_H_

#include <cstddef>
#include <vector>

#include "model/tokenizer/index_table.h"

namespace excise {

// Ids of two adjacent tokens and of the one they become.
struct MergeRule {
  int left;
  int right;
  int merged;
};

class Merges {
 public:
  static constexpr int kNoRank = IndexTable::kNone;

  // rules: best first; the place of a rule is its rank. Of two rules for one
  // pair the later counts, as in Hugging Face's tables. orders: of each rule,
  // where several are as good as one another; empty: their places.
  explicit Merges(std::vector<MergeRule> rules, std::vector<int> orders = {});

  // Merges the tokens of one piece, those from ids[first] on (less than 2^31):
  // adjacent ones, lowest order first, leftmost first among equals, until no
  // rule applies. Time n log n. firsts, where not null, gets for each token
  // that is left which of those before it begins with, counted from 0.
  void apply(std::vector<int>& ids, size_t first,
             std::vector<size_t>* firsts = nullptr) const;

  // kNoRank where no rule merges the two.
  int rank(int left, int right) const;
  const MergeRule& rule(int rank) const {
    return rules_[static_cast<size_t>(rank)];
  }

 private:
  std::vector<MergeRule> rules_;  // [rank]
  std::vector<int> orders_;       // [rank], or empty
  IndexTable ranks_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_MERGES_H_
