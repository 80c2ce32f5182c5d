// What the files of a folder say that a tokenizer does, read and checked.
#ifndef EXCISE_MODEL_TOKENIZER_DEFINITION_H_
#define EXCISE_MODEL_TOKENIZER_DEFINITION_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/bpe.h"
#include "model/tokenizer/decoder.h"
#include "model/tokenizer/normalizer.h"
#include "model/tokenizer/post_processor.h"
#include "model/tokenizer/pre_tokenizer.h"
#include "model/tokenizer/vocabulary.h"

namespace excise {

struct TokenizerDefinition {
  std::filesystem::path file;  // that decides, for messages
  Vocabulary vocabulary;       // with its added tokens
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  PostProcessor post_processor;
  Decoder decoder;
  BpeOptions model = {};
  // A token that does not go in front of a text that begins with it, although
  // post_processor has it there.
  std::optional<int> bos = {};
  // What begins texts where that is asked for; none: as bos_token() finds it.
  std::optional<int> bos_token = {};
  // Added tokens are found the longest first, wherever they stand, as llama.cpp
  // finds them; else from the left.
  bool added_by_length = false;
  bool special_are_text = false;  // special tokens that stand in a text
  // normalizer, pre_tokenizer, and the decoder that is not of bytes, as JSON.
  std::string steps = {};
  // What other files say and is not followed, a sentence each.
  std::vector<std::string> notes = {};

  // 32 hex digits that name what makes ids of a text and text of ids.
  std::string fingerprint() const;
};

// tokenizer.json where it is there: what tokenizers makes of it decides, and
// what tokenizer_config.json says otherwise is a note. Else vocab.json and
// merges.txt with tokenizer_config.json, special_tokens_map.json and
// added_tokens.json, as GPT2TokenizerFast of Transformers 4 reads them.
// Errors: io (nothing there), bad_file (a content that cannot be), unsupported
// (another kind of tokenizer, or an option that would change the ids).
Result<TokenizerDefinition> read_definition(
    const std::filesystem::path& folder);

// The two cases of it.
Result<TokenizerDefinition> read_tokenizer_json(
    const std::filesystem::path& folder);
Result<TokenizerDefinition> read_gpt2_files(
    const std::filesystem::path& folder);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_DEFINITION_H_
