// What a tokenizer's files hold, read and checked.
#ifndef EXCISE_MODEL_TOKENIZER_VOCABULARY_H_
#define EXCISE_MODEL_TOKENIZER_VOCABULARY_H_

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace excise {

struct Vocabulary {
  std::vector<std::string> entries;  // [id] as written in the file
  std::vector<std::pair<std::string, std::string>> merges;  // best first
  std::map<std::string, int>
      special_tokens;  // found in text before anything is split
};

// folder: vocab.json and merges.txt, or tokenizer.json where only that is
// there. Special tokens are those that tokenizer_config.json,
// special_tokens_map.json, added_tokens.json or tokenizer.json name, else
// <|endoftext|> where the vocabulary has it.
// Errors: io (nothing there), bad_file (no JSON; ids that are no numbers,
// negative, given twice or with gaps; a merge that is no pair), unsupported (an
// option that would change the ids).
Result<Vocabulary> read_vocabulary(const std::filesystem::path& folder);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_VOCABULARY_H_
