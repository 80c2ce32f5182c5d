#include "model/tokenizer/added_token_search.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace excise {

void AddedTokenSearch::add(std::string content, int id) {
  auto& tokens = by_first_byte_[static_cast<uint8_t>(content.front())];
  const auto place =
      std::upper_bound(tokens.begin(), tokens.end(), content.size(),
                       [](size_t size, const Token& token) {
                         return size > token.content.size();
                       });
  tokens.insert(place, {std::move(content), id});
  empty_ = false;
}

AddedTokenSearch::Place AddedTokenSearch::find(std::string_view text,
                                               size_t from) const {
  for (size_t i = from; !empty_ && i < text.size(); ++i) {
    for (const Token& token : by_first_byte_[static_cast<uint8_t>(text[i])]) {
      if (text.substr(i).starts_with(token.content)) {
        return {i, token.content.size(), token.id};
      }
    }
  }
  return {text.size(), 0, -1};
}

}  // namespace excise
