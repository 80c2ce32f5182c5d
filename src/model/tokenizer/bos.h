// How a text is read: what begins it, for those that want it otherwise than the
// tokenizer's own rule, and what special tokens in it are.
#ifndef EXCISE_MODEL_TOKENIZER_BOS_H_
#define EXCISE_MODEL_TOKENIZER_BOS_H_

#include <filesystem>
#include <string_view>

#include "core/error.h"

namespace excise {

class Vocabulary;

// kAuto: what the tokenizer's own rule puts in front of a text. kAlways: the
// BOS token too, unless the text has it in front already. kNever: nothing.
enum class Bos { kAuto, kAlways, kNever };

std::string_view bos_name(Bos bos);  // "auto", "always", "never"
// Error bad_input with the names there are.
Result<Bos> parse_bos(std::string_view name);

// kRead: special tokens that stand in a text, such as <|im_end|>, are those
// tokens. kText: they are text like any other.
enum class SpecialTokens { kRead, kText };

std::string_view special_tokens_name(SpecialTokens special);  // "read", "text"
// Error bad_input with the names there are.
Result<SpecialTokens> parse_special_tokens(std::string_view name);

struct TextReading {
  Bos bos = Bos::kAuto;
  SpecialTokens special = SpecialTokens::kRead;
};

// The BOS token of a folder: bos_token of tokenizer_config.json or
// special_tokens_map.json, else bos_token_id of config.json. Errors: those of
// reading them; bad_input where none of them names a token that is there.
Result<int> bos_token(const std::filesystem::path& folder,
                      const Vocabulary& vocabulary);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_BOS_H_
