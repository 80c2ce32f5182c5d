// Finds added tokens in text.
#ifndef EXCISE_MODEL_TOKENIZER_ADDED_TOKEN_SEARCH_H_
#define EXCISE_MODEL_TOKENIZER_ADDED_TOKEN_SEARCH_H_

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace excise {

class AddedTokenSearch {
 public:
  struct Place {
    size_t position;  // the text's size where there is none
    size_t length;
    int id;  // -1 where there is none
  };

  // content must not be empty.
  void add(std::string content, int id);

  // The first token at or after `from`, the longest of several that begin
  // there.
  Place find(std::string_view text, size_t from) const;

 private:
  struct Token {
    std::string content;
    int id;
  };
  std::array<std::vector<Token>, 256> by_first_byte_;  // longest first
  bool empty_ = true;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_ADDED_TOKEN_SEARCH_H_
