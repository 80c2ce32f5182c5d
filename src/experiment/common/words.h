// Texts and single words as a model has them.
#ifndef EXCISE_EXPERIMENT_COMMON_WORDS_H_
#define EXCISE_EXPERIMENT_COMMON_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/model.h"

namespace excise {

// where: for messages. Error bad_input when the model has no tokenizer, and
// those of Tokenizer::encode.
Result<std::vector<int>> encode_text(const Model& model, std::string_view text,
                                     std::string_view where);

// What to do with a word of several tokens: refuse it, or take its first.
enum class LongWord { kRefuse, kFirstToken };

// The one token of `word` (with its blank, e.g. " night"). Error bad_input when
// it is empty or has several tokens: the message names them and ends with
// `hint`, and tells where a blank in front makes it one token.
Result<int> word_token(const Model& model, std::string_view word,
                       LongWord long_word, std::string_view where,
                       std::string_view hint);

// `" head"`: the token as it stands in a sentence, for people; its id where the
// model has no tokenizer.
std::string quoted_token(const Model& model, int id);

// The token's text, empty when the model has no tokenizer.
std::string token_piece(const Model& model, int id);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_WORDS_H_
