// Which tokens are found in text before anything is split.
#ifndef EXCISE_MODEL_TOKENIZER_ADDED_TOKENS_H_
#define EXCISE_MODEL_TOKENIZER_ADDED_TOKENS_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/error.h"
#include "model/tokenizer/vocabulary.h"

namespace excise {

// "added_tokens" of tokenizer.json (null: none). Where the id that a token
// states is not the one that tokenizers gives it, that is a note. Errors:
// bad_file.
Status add_tokens_of_tokenizer_json(const nlohmann::json& added,
                                    const std::filesystem::path& file,
                                    Vocabulary& vocabulary);

// Those of the files beside vocab.json, as Transformers 4 reads them:
// added_tokens_decoder of tokenizer_config.json (config), or where it has none
// added_tokens.json and special_tokens_map.json; then the special tokens under
// their roles, which get the next ids where they have none. bos, eos and unk
// are <|endoftext|> where no file names them.
Status add_tokens_beside_vocab(const nlohmann::json& config,
                               const std::filesystem::path& folder,
                               Vocabulary& vocabulary);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_ADDED_TOKENS_H_
