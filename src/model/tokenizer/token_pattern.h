// Tokens chosen by a regular expression on their text.
#ifndef EXCISE_MODEL_TOKENIZER_TOKEN_PATTERN_H_
#define EXCISE_MODEL_TOKENIZER_TOKEN_PATTERN_H_

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/tokenizer.h"

namespace excise {

// A regular expression (Perl's syntax, PCRE2) that is searched for in the text
// of a token: " he" with its blank, so ^ he$ takes that token alone.
class TokenPattern {
 public:
  // Error bad_input for one that is none, with the place.
  static Result<TokenPattern> compile(std::string_view pattern);
  TokenPattern(TokenPattern&&) noexcept;
  TokenPattern& operator=(TokenPattern&&) noexcept;
  ~TokenPattern();

  // Bytes that are no UTF-8 match nothing. Error bad_input for a pattern that
  // takes too long.
  Result<bool> matches(std::string_view text) const;

 private:
  struct Impl;
  explicit TokenPattern(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether each token's Tokenizer::piece() matches. Errors: those above.
Result<std::vector<bool>> tokens_that_match(const Tokenizer& tokenizer,
                                            std::span<const int> ids,
                                            std::string_view pattern);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_TOKEN_PATTERN_H_
