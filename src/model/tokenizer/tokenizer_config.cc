#include "model/tokenizer/tokenizer_config.h"

#include <array>
#include <utility>

#include "io/known_keys.h"
#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kExtra = "extra_special_tokens";

constexpr std::array kUsed = {
    "add_bos_token", "add_prefix_space", "added_tokens_decoder",
    "additional_special_tokens", "bos_token", "cls_token", "eos_token", kExtra,
    "mask_token", "pad_token", "sep_token", "unk_token",
    // refused: see refuse_unsupported()
    "split_special_tokens", "tokenizer_class"};

constexpr std::array kHarmless = {
    // Transformers' GPT-2 leaves it aside; of tokenizer.json it is a note
    "add_eos_token",
    // arguments of a call, and their defaults
    "model_max_length", "max_length", "max_len", "stride", "truncation",
    "truncation_side", "truncation_strategy", "padding", "padding_side",
    "pad_to_multiple_of", "pad_token_type_id", "return_token_type_ids",
    "model_input_names", "verbose",
    // how text is made of ids: excise writes the bytes that tokens stand for
    "clean_up_tokenization_spaces", "spaces_between_special_tokens", "errors",
    // makes a text of messages
    "chat_template", "response_schema",
    // names, versions and places of files
    "name_or_path", "tokenizer_file", "special_tokens_map_file", "auto_map",
    "processor_class", "use_fast", "from_slow", "legacy", "backend", "is_local",
    "local_files_only", "trust_remote_code", "transformers_version",
    "vocab_file", "merges_file", "vocab_size",
    // of SentencePiece's library, and of a chat's first message
    "sp_model_kwargs", "use_default_system_prompt", "_commit_hash"};

// Keeps the order of the extra tokens, which the tree sorts by their names.
class Reader : public JsonReader {
 public:
  bool key(string_t& name) override {
    if (path() == std::string("/") + kExtra) extra.push_back(name);
    return JsonReader::key(name);
  }

  std::vector<std::string> extra;
};

}  // namespace

Result<json> read_tokenizer_config(const fs::path& folder) {
  const fs::path file = folder / "tokenizer_config.json";
  if (!is_there(file)) return json::object();
  Reader reader;
  EXCISE_CHECK(read_json(file, reader));
  json config = reader.tree();
  const auto extra = config.find(kExtra);
  if (extra == config.end() || extra->is_array()) return config;
  json list = json::array();
  if (extra->is_object()) {
    for (const std::string& name : reader.extra) list.push_back((*extra)[name]);
  } else if (!extra->is_null()) {
    return bad_file(file, std::string("an object or a list as ") + kExtra,
                    extra->type_name());
  }
  *extra = std::move(list);
  return config;
}

std::vector<std::string> unknown_key_notes(const json& config) {
  std::vector<std::string> notes;
  for (const std::string& key : other_keys(config, kUsed, kHarmless))
    notes.push_back("tokenizer_config.json: " + shown_json(key) +
                    " is left aside");
  return notes;
}

}  // namespace excise
