// Finds added tokens in text.
#ifndef EXCISE_MODEL_TOKENIZER_ADDED_TOKEN_SEARCH_H_
#define EXCISE_MODEL_TOKENIZER_ADDED_TOKEN_SEARCH_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/regex.h"
#include "model/tokenizer/vocabulary.h"

namespace excise {

class AddedTokenSearch {
 public:
  // A part of a text: a token, or what stands between tokens.
  struct Part {
    size_t begin;
    size_t end;
    std::optional<int> id;
  };

  // by_length: the longest tokens first, wherever they stand, of equals that of
  // the lowest id; else from the left the longest that begins at a place.
  explicit AddedTokenSearch(bool by_length = false) : by_length_(by_length) {}

  // content, as it is found in text, must not be empty. Error internal.
  Status add(std::string content, const AddedToken& token);
  bool empty() const { return empty_; }
  // Whether special tokens are found too; else they are text.
  void find_special(bool on) { finds_special_ = on; }

  // The parts of valid UTF-8 text, none empty.
  Result<std::vector<Part>> parts(std::string_view text) const;

 private:
  struct Entry {
    std::string content;
    AddedToken token;
  };
  std::vector<Part> parts_by_length(std::string_view text) const;
  const Entry* longest_at(std::string_view text) const;
  Result<bool> is_word_at(std::string_view text) const;
  Result<bool> is_within_word(std::string_view text, size_t begin,
                              size_t end) const;

  std::array<std::vector<Entry>, 256> by_first_byte_;  // longest first
  std::optional<Regex> word_;                          // where one needs it
  bool empty_ = true;
  bool finds_special_ = true;
  bool by_length_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_ADDED_TOKEN_SEARCH_H_
