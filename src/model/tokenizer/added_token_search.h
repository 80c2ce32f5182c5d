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

  // content, as it is found in text, must not be empty. Error internal.
  Status add(std::string content, const AddedToken& token);
  bool empty() const { return empty_; }

  // The parts of valid UTF-8 text, none empty: from the left the longest of the
  // tokens that begin at a place, as add() describes them.
  Result<std::vector<Part>> parts(std::string_view text) const;

 private:
  struct Entry {
    std::string content;
    AddedToken token;
  };
  const Entry* longest_at(std::string_view text) const;
  Result<bool> is_word_at(std::string_view text) const;
  Result<bool> is_within_word(std::string_view text, size_t begin,
                              size_t end) const;

  std::array<std::vector<Entry>, 256> by_first_byte_;  // longest first
  std::optional<Regex> word_;                          // where one needs it
  bool empty_ = true;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_ADDED_TOKEN_SEARCH_H_
