// Tokens chosen by a regular expression on their text.
#ifndef EXCISE_MODEL_TOKENIZER_TOKEN_PATTERN_H_
#define EXCISE_MODEL_TOKENIZER_TOKEN_PATTERN_H_

#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/tokenizer.h"

namespace excise {

// Whether the pattern (Perl's syntax, PCRE2) is found in the text of each
// token, Tokenizer::piece(): " he" with its blank, so ^ he$ takes that token
// alone. Errors: bad_input for a pattern that is none, with the place, and for
// one that takes too long.
Result<std::vector<bool>> tokens_that_match(const Tokenizer& tokenizer,
                                            std::span<const int> ids,
                                            std::string_view pattern);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_TOKEN_PATTERN_H_
