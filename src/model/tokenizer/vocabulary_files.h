// The parts of read_vocabulary, one for each kind of file.
#ifndef EXCISE_MODEL_TOKENIZER_VOCABULARY_FILES_H_
#define EXCISE_MODEL_TOKENIZER_VOCABULARY_FILES_H_

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "model/tokenizer/vocabulary.h"

namespace excise {

// vocab.json and merges.txt.
Result<Vocabulary> read_gpt2_files(const std::filesystem::path& folder);

struct TokenizerJson {
  Vocabulary vocabulary;        // without the added tokens
  nlohmann::json added_tokens;  // as they stand in the file
};

// unsupported where any option of the file would give other ids than GPT-2's.
Result<TokenizerJson> read_tokenizer_json(const std::filesystem::path& file);

// The added tokens that tokenizer.json names (null where there is none) and
// those of the folder's other files.
Status read_added_tokens(const nlohmann::json& from_tokenizer_json,
                         const std::filesystem::path& folder,
                         Vocabulary& vocabulary);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_VOCABULARY_FILES_H_
