#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"
#include "model/tokenizer/vocabulary_files.h"
#include "model/tokenizer/vocabulary_reader.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// The type of a part, or a simple value as JSON writes it.
std::string shown(const json& value) {
  const json& type = member(value, "type");
  if (type.is_string()) return type.get<std::string>();
  return value.is_primitive() ? value.dump() : value.type_name();
}

// What GPT2TokenizerFast writes is the only tokenizer.json that gives GPT-2's
// ids. unk_token and fuse_unk are no matter: every byte has an entry.
Status refuse_unsupported(const json& tokenizer, const fs::path& file) {
  const json& model = member(tokenizer, "model");
  const json& split = member(tokenizer, "pre_tokenizer");
  struct Option {
    const json& part;
    const char* key;
    std::vector<std::string> fine;  // null: not there
  };
  const std::vector<Option> options = {
      {model, "type", {"\"BPE\"", "null"}},
      {model, "dropout", {"null", "0.0"}},
      {model, "continuing_subword_prefix", {"null", "\"\""}},
      {model, "end_of_word_suffix", {"null", "\"\""}},
      {model, "byte_fallback", {"false", "null"}},
      {model, "ignore_merges", {"false", "null"}},
      {tokenizer, "normalizer", {"null"}},
      {tokenizer, "pre_tokenizer", {"ByteLevel"}},
      {split, "add_prefix_space", {"false", "null"}},
      {split, "use_regex", {"true", "null"}},
      {tokenizer, "post_processor", {"ByteLevel", "null"}},
      {tokenizer, "decoder", {"ByteLevel", "null"}}};
  for (const auto& [part, key, fine] : options) {
    const std::string value = shown(member(part, key));
    if (std::find(fine.begin(), fine.end(), value) == fine.end()) {
      return unsupported(file, std::string(key) + " " + fine.front(), value);
    }
  }
  return {};
}

}  // namespace

Result<TokenizerJson> read_tokenizer_json(const fs::path& file) {
  VocabularyReader reader("/model/vocab", "/model/merges");
  EXCISE_CHECK(read_json(file, reader));
  const json& model = member(reader.tree(), "model");
  if (!model.is_object()) return bad_file(file, "a model", model.type_name());
  EXCISE_CHECK(refuse_unsupported(reader.tree(), file));
  if (!member(model, "vocab").is_object() ||
      !member(model, "merges").is_array()) {
    return bad_file(file, "a model with vocab and merges", "none");
  }
  Vocabulary vocabulary =
      EXCISE_TRY(Vocabulary::create(std::move(reader.entries), file));
  size_t number = 0;
  for (const auto& [left, right] : reader.merges) {
    EXCISE_CHECK(vocabulary.add_merge(left, right, file, ++number));
  }
  return TokenizerJson{std::move(vocabulary),
                       member(reader.tree(), "added_tokens")};
}

}  // namespace excise
