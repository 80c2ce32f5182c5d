// What a tokenizer's files hold, read and checked.
#ifndef EXCISE_MODEL_TOKENIZER_VOCABULARY_H_
#define EXCISE_MODEL_TOKENIZER_VOCABULARY_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/index_table.h"
#include "model/tokenizer/merges.h"

namespace excise {

// A token that is found in text before anything is split.
struct AddedToken {
  int id;
  bool normalized;  // found in normalized text, where no token without it was
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // and behind it
  bool single_word = false;  // not within a word
  bool special = true;       // no text of its own, as what ends a text
};

class Vocabulary {
 public:
  // Entries and their ids as `file` gives them. bad_file where an id or an
  // entry is there twice, or ids leave more gaps than any padding would.
  static Result<Vocabulary> create(
      std::vector<std::pair<std::string, int64_t>> entries,
      const std::filesystem::path& file);

  // [id]; empty where no entry has the id.
  const std::vector<std::string>& entries() const { return entries_; }
  size_t count() const { return count_; }  // of entries
  std::optional<int> find(std::string_view entry) const;
  // Gives the entry, which must be new, an id that no other has.
  int append(std::string entry, int id);
  // Of the entries that append() did not put there.
  std::optional<int> find_of_file(std::string_view entry) const;
  // Adds the rule of the next rank. bad_file naming `place` when one of the
  // three entries is unknown.
  Status add_merge(std::string_view left, std::string_view right,
                   const std::filesystem::path& file, size_t place);

  // The same of ids, where several rules are of one order: the lowest first, of
  // equals the leftmost. All rules of a vocabulary are added so, or none.
  void add_rule(const MergeRule& rule, int order);

  const std::vector<MergeRule>& merges() const { return merges_; }
  const std::vector<int>& orders() const { return orders_; }  // or empty
  std::vector<AddedToken> added_tokens;                       // ascending ids
  std::vector<std::string> notes;  // what one should know, a sentence each

 private:
  void index(int id);

  std::vector<std::string> entries_;
  size_t count_ = 0;
  std::set<int> appended_;
  IndexTable ids_;
  std::vector<MergeRule> merges_;
  std::vector<int> orders_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_VOCABULARY_H_
