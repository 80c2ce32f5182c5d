#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"
#include "model/tokenizer/vocabulary_files.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kEndOfText = "<|endoftext|>";

// What one file says about one token.
struct Declaration {
  std::string content;
  std::optional<int64_t> id;
  std::optional<bool> normalized;
  bool special = false;
};

Result<std::optional<bool>> option(const json& token, const char* key,
                                   const fs::path& file) {
  const json& value = member(token, key);
  if (value.is_null()) return std::nullopt;
  if (!value.is_boolean()) {
    return bad_file(file, std::string(key) + " true or false",
                    value.type_name());
  }
  return value.get<bool>();
}

// token: its text, or {"content": its text, "special": true, ...}.
Result<Declaration> declaration(const json& token, const fs::path& file) {
  const json& content = token.is_object() ? member(token, "content") : token;
  if (!content.is_string()) {
    return bad_file(file, "added tokens as text or with content",
                    token.type_name());
  }
  Declaration declared;
  declared.content = content.get<std::string>();
  for (const char* key : {"lstrip", "rstrip", "single_word"}) {
    if (EXCISE_TRY(option(token, key, file)) == true) {
      return unsupported(file, "added tokens found wherever they stand",
                         std::string(key) + " for " + declared.content);
    }
  }
  declared.normalized = EXCISE_TRY(option(token, "normalized", file));
  declared.special = EXCISE_TRY(option(token, "special", file)).value_or(false);
  return declared;
}

class AddedTokens {
 public:
  explicit AddedTokens(Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // A token that gets no id here: left out where it has none.
  void name(const Declaration& declared) {
    if (declared.content.empty()) return;
    if (const auto id = vocabulary_.find(declared.content)) note(*id, declared);
  }

  // Tokens with ids, which may continue the vocabulary.
  Status add(std::vector<Declaration> tokens, const fs::path& file) {
    std::sort(tokens.begin(), tokens.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    for (const Declaration& token : tokens) {
      const auto known = vocabulary_.find(token.content);
      const int64_t id = known ? *known : next_id();
      if (token.content.empty() || token.id != id) {
        return bad_file(
            file,
            known ? "the id " + std::to_string(id) +
                        " that the vocabulary gives " + token.content
                  : "added tokens that continue the vocabulary",
            "\"" + token.content + "\" with " +
                (token.id ? "the id " + std::to_string(*token.id) : "no id"));
      }
      note(known ? *known : vocabulary_.append(token.content), token);
    }
    return {};
  }

  // In the order of ids, as Hugging Face fills in what no file says.
  std::vector<AddedToken> finish() && {
    std::vector<AddedToken> tokens;
    for (const Noted& token : noted_) {
      tokens.push_back({token.id, token.normalized.value_or(!token.special)});
    }
    return tokens;
  }

 private:
  struct Noted {
    int id;
    std::optional<bool> normalized;
    bool special;
  };

  int64_t next_id() const {
    return static_cast<int64_t>(vocabulary_.entries().size());
  }

  // The file read first decides about `normalized`.
  void note(int id, const Declaration& declared) {
    const auto place = std::lower_bound(
        noted_.begin(), noted_.end(), id,
        [](const Noted& token, int value) { return token.id < value; });
    if (place == noted_.end() || place->id != id) {
      noted_.insert(place, {id, declared.normalized, declared.special});
      return;
    }
    if (!place->normalized) place->normalized = declared.normalized;
    place->special |= declared.special;
  }

  Vocabulary& vocabulary_;
  std::vector<Noted> noted_;  // ascending ids
};

// {"<x>": 50257, ...}
Status read_added_tokens_json(const fs::path& file, AddedTokens& tokens) {
  const json added = EXCISE_TRY(read_json_object(file));
  std::vector<Declaration> list;
  for (const auto& [content, id] : added.items()) {
    if (!id.is_number_integer()) {
      return bad_file(file, "a whole number as id of " + content,
                      id.type_name());
    }
    list.push_back({content, id.get<int64_t>(), {}, false});
  }
  return tokens.add(std::move(list), file);
}

// {"50257": {"content": "<x>", ...}, ...}
Status read_decoder(const json& decoder, const fs::path& file,
                    AddedTokens& tokens) {
  if (!decoder.is_object() && !decoder.is_null()) {
    return bad_file(file, "an object as added_tokens_decoder",
                    decoder.type_name());
  }
  std::vector<Declaration> list;
  for (const auto& [key, token] : decoder.items()) {
    list.push_back(EXCISE_TRY(declaration(token, file)));
    int64_t id = 0;
    const char* end = key.data() + key.size();
    const auto [stop, error] = std::from_chars(key.data(), end, id);
    if (error != std::errc() || stop != end) {
      return bad_file(file, "ids as keys of added_tokens_decoder", key);
    }
    list.back().id = id;
  }
  return tokens.add(std::move(list), file);
}

// Classes that tokenize as GPT-2 does once the options above are refused.
constexpr std::array<std::string_view, 6> kKnownClasses = {
    "GPT2Tokenizer",    "GPT2TokenizerFast",    "PreTrainedTokenizerFast",
    "CodeGenTokenizer", "CodeGenTokenizerFast", "AutoTokenizer"};

Status refuse_unsupported(const json& config, const fs::path& file) {
  for (const char* key : {"add_prefix_space", "add_bos_token", "add_eos_token",
                          "split_special_tokens"}) {
    if (member(config, key) == true) {
      return unsupported(file, std::string(key) + " false", "true");
    }
  }
  const json& name = member(config, "tokenizer_class");
  if (name.is_string() &&
      std::find(kKnownClasses.begin(), kKnownClasses.end(),
                name.get_ref<const std::string&>()) == kKnownClasses.end()) {
    return unsupported(file, "GPT2Tokenizer as tokenizer_class",
                       name.get<std::string>());
  }
  return {};
}

// Special tokens under their roles in tokenizer_config.json or
// special_tokens_map.json.
class Roles {
 public:
  Status read(const json& config, const fs::path& file, AddedTokens& tokens) {
    for (size_t i = 0; i < kRoles.size(); ++i) {
      named_[i] = named_[i] || config.contains(kRoles[i]);
      const json& token = member(config, kRoles[i]);
      if (token.is_null()) continue;
      EXCISE_CHECK(name(token, file, tokens));
    }
    const json& more = member(config, "additional_special_tokens");
    if (!more.is_null() && !more.is_array()) {
      return bad_file(file, "a list as additional_special_tokens",
                      more.type_name());
    }
    for (const json& token : more) EXCISE_CHECK(name(token, file, tokens));
    return {};
  }

  // GPT2Tokenizer's defaults of the first three roles.
  bool needs_default() const { return !named_[0] || !named_[1] || !named_[2]; }

 private:
  static constexpr std::array<const char*, 7> kRoles = {
      "bos_token", "eos_token", "unk_token", "sep_token",
      "pad_token", "cls_token", "mask_token"};

  static Status name(const json& token, const fs::path& file,
                     AddedTokens& tokens) {
    Declaration declared = EXCISE_TRY(declaration(token, file));
    declared.special = true;
    tokens.name(declared);
    return {};
  }

  std::array<bool, kRoles.size()> named_{};
};

}  // namespace

Status read_added_tokens(const json& added, const fs::path& folder,
                         Vocabulary& vocabulary) {
  AddedTokens tokens(vocabulary);
  const fs::path whole = folder / "tokenizer.json";
  if (!added.is_null() && !added.is_array()) {
    return bad_file(whole, "a list as added_tokens", added.type_name());
  }
  std::vector<Declaration> list;
  for (const json& token : added) {
    list.push_back(EXCISE_TRY(declaration(token, whole)));
    const json& id = member(token, "id");
    if (id.is_number_integer()) list.back().id = id.get<int64_t>();
  }
  EXCISE_CHECK(tokens.add(std::move(list), whole));

  const fs::path plain = folder / "added_tokens.json";
  if (is_there(plain)) EXCISE_CHECK(read_added_tokens_json(plain, tokens));
  Roles roles;
  for (const char* name :
       {"tokenizer_config.json", "special_tokens_map.json"}) {
    const fs::path file = folder / name;
    if (!is_there(file)) continue;
    const json config = EXCISE_TRY(read_json_object(file));
    EXCISE_CHECK(refuse_unsupported(config, file));
    EXCISE_CHECK(
        read_decoder(member(config, "added_tokens_decoder"), file, tokens));
    EXCISE_CHECK(roles.read(config, file, tokens));
  }
  if (roles.needs_default()) tokens.name({kEndOfText, {}, {}, true});
  vocabulary.added_tokens = std::move(tokens).finish();
  return {};
}

Result<Vocabulary> read_vocabulary(const fs::path& folder) {
  const fs::path whole = folder / "tokenizer.json";
  const bool use_whole = is_there(whole) && !is_there(folder / "vocab.json");
  TokenizerJson read;
  if (use_whole) {
    read = EXCISE_TRY(read_tokenizer_json(whole));
  } else {
    read.vocabulary = EXCISE_TRY(read_gpt2_files(folder));
  }
  EXCISE_CHECK(read_added_tokens(read.added_tokens, folder, read.vocabulary));
  return std::move(read.vocabulary);
}

}  // namespace excise
