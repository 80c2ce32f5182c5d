// The merging half of byte-pair encoding.
#ifndef EXCISE_MODEL_TOKENIZER_MERGES_H_
#define EXCISE_MODEL_TOKENIZER_MERGES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/tokenizer/index_table.h"

namespace excise {

// Ids of two adjacent tokens and of the one they become.
struct MergeRule {
  int left;
  int right;
  int merged;
};

// The token of bytes that have none of their own, and whether several of them
// in a row are one token.
struct UnknownToken {
  std::optional<int> id = {};
  bool fuse = false;
};

class Merges {
 public:
  static constexpr int kNoRank = IndexTable::kNone;
  static constexpr int kNoToken = -1;

  // byte_ids: the token of each byte, kNoToken where it has none. rules: best
  // first; the place of a rule is its rank. Of two rules for one pair the later
  // counts, as in Hugging Face's tables.
  Merges(const std::array<int, 256>& byte_ids, std::vector<MergeRule> rules,
         UnknownToken unknown = {});

  // Appends the tokens of one piece of less than 2 GiB: adjacent tokens are
  // merged, lowest rank first, leftmost first among equals, until no rule
  // applies. Time n log n in the bytes of the piece.
  // Every byte must have a token or be unknown.
  void apply(std::string_view piece, std::vector<int>& ids) const;

  // The place of the first byte that has no token and is not unknown either.
  std::optional<size_t> first_without_token(std::string_view piece) const;

  // kNoRank where no rule merges the two.
  int rank(int left, int right) const;
  const MergeRule& rule(int rank) const {
    return rules_[static_cast<size_t>(rank)];
  }

 private:
  std::array<int, 256> byte_ids_;
  std::vector<MergeRule> rules_;  // [rank]
  UnknownToken unknown_;
  bool complete_ = true;  // every byte has a token
  IndexTable ranks_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_MERGES_H_
