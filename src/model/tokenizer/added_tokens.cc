#include "model/tokenizer/added_tokens.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"

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
  bool lstrip = false;
  bool rstrip = false;
  bool single_word = false;
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
  const auto flag = [&](const char* key) -> Result<bool> {
    return EXCISE_TRY(option(token, key, file)).value_or(false);
  };
  Declaration declared;
  declared.content = content.get<std::string>();
  declared.normalized = EXCISE_TRY(option(token, "normalized", file));
  declared.special = EXCISE_TRY(flag("special"));
  declared.lstrip = EXCISE_TRY(flag("lstrip"));
  declared.rstrip = EXCISE_TRY(flag("rstrip"));
  declared.single_word = EXCISE_TRY(flag("single_word"));
  return declared;
}

class AddedTokens {
 public:
  explicit AddedTokens(Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // A token without an id of its own: the next where the vocabulary has none.
  void name(const Declaration& declared) {
    if (declared.content.empty()) return;
    const auto known = vocabulary_.find(declared.content);
    note(known ? *known : vocabulary_.append(declared.content, next_id()),
         declared);
  }

  // Tokens with ids, in the order in which Hugging Face adds them. Which id a
  // token gets is not what its file states: that of the vocabulary, else the
  // next.
  Status add(const std::vector<Declaration>& tokens, const fs::path& file) {
    for (const Declaration& token : tokens) {
      const std::string stated =
          token.id ? "the id " + std::to_string(*token.id) : "no id";
      if (token.content.empty() || !token.id || *token.id < 0) {
        return bad_file(file, "added tokens with text and id",
                        "\"" + token.content + "\" with " + stated);
      }
      name(token);
      const int given = *vocabulary_.find(token.content);
      if (*token.id != given) {
        vocabulary_.notes.push_back(
            file.filename().string() + ": " + token.content + " has the id " +
            std::to_string(given) + " by tokenizers' rule, not " +
            std::to_string(*token.id) + ", which the file states");
      }
    }
    return {};
  }

 private:
  // As tokenizers counts: entries, or behind the highest of added tokens.
  int next_id() const {
    int next = static_cast<int>(vocabulary_.count());
    const auto& noted = vocabulary_.added_tokens;
    if (!noted.empty()) next = std::max(next, noted.back().id + 1);
    return next;
  }

  // The file read first decides.
  void note(int id, const Declaration& declared) {
    auto& noted = vocabulary_.added_tokens;  // ascending ids
    const auto place = std::ranges::lower_bound(noted, id, {}, &AddedToken::id);
    if (place != noted.end() && place->id == id) return;
    noted.insert(place,
                 {.id = id,
                  .normalized = declared.normalized.value_or(!declared.special),
                  .lstrip = declared.lstrip,
                  .rstrip = declared.rstrip,
                  .single_word = declared.single_word,
                  .special = declared.special});
  }

  Vocabulary& vocabulary_;
};

// {"<x>": 50257, ...}; special where `roles` name it.
Status read_added_tokens_json(const fs::path& file, const json& roles,
                              AddedTokens& tokens) {
  const auto is_special = [&](const std::string& content) {
    return std::ranges::any_of(roles, [&](const json& role) {
      if (role.is_array())
        return std::ranges::find(role, json(content)) != role.end();
      return role == content || member(role, "content") == content;
    });
  };
  const json added = EXCISE_TRY(read_json_object(file));
  std::vector<Declaration> list;
  for (const auto& [content, id] : added.items()) {
    if (!id.is_number_integer()) {
      return bad_file(file, "a whole number as id of " + content,
                      id.type_name());
    }
    list.push_back({.content = content,
                    .id = id.get<int64_t>(),
                    .normalized = {},
                    .special = is_special(content)});
  }
  std::ranges::stable_sort(list, {}, &Declaration::id);
  return tokens.add(list, file);
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
  std::ranges::stable_sort(list, {}, &Declaration::id);
  return tokens.add(list, file);
}

// The special tokens by role.
constexpr std::array<const char*, 7> kRoles = {
    "bos_token", "eos_token", "unk_token", "sep_token",
    "pad_token", "cls_token", "mask_token"};
// Lists of further ones: the second has names for them in Transformers 4 and
// takes the place of the first in 5.
constexpr std::array<const char*, 2> kMore = {"additional_special_tokens",
                                              "extra_special_tokens"};

Status name_roles(const json& roles, const fs::path& file,
                  AddedTokens& tokens) {
  const auto name = [&](const json& token) -> Status {
    Declaration declared = EXCISE_TRY(declaration(token, file));
    declared.special = true;
    tokens.name(declared);
    return {};
  };
  for (size_t i = 0; i < kRoles.size(); ++i) {
    const json& token = member(roles, kRoles[i]);
    if (!token.is_null()) {
      EXCISE_CHECK(name(token));
    } else if (i < 3 && !roles.contains(kRoles[i])) {
      tokens.name(
          {.content = kEndOfText, .id = {}, .normalized = {}, .special = true});
    }
  }
  for (const char* list : kMore) {
    const json& more = member(roles, list);
    if (!more.is_null() && !more.is_array()) {
      return bad_file(file, std::string("a list as ") + list, more.type_name());
    }
    for (const json& token : more) EXCISE_CHECK(name(token));
  }
  return {};
}

}  // namespace

Status add_tokens_of_tokenizer_json(const json& added, const fs::path& file,
                                    Vocabulary& vocabulary) {
  if (!added.is_null() && !added.is_array())
    return bad_file(file, "a list as added_tokens", added.type_name());
  std::vector<Declaration> list;
  for (const json& token : added) {
    list.push_back(EXCISE_TRY(declaration(token, file)));
    const json& id = member(token, "id");
    if (id.is_number_integer()) list.back().id = id.get<int64_t>();
  }
  return AddedTokens(vocabulary).add(list, file);
}

Status add_tokens_beside_vocab(const json& config, const fs::path& folder,
                               Vocabulary& vocabulary) {
  AddedTokens tokens(vocabulary);
  json roles = json::object();
  fs::path file = folder / "tokenizer_config.json";
  const auto take_roles = [&](const json& from) {
    for (const char* role : kRoles)
      if (from.contains(role)) roles[role] = from[role];
    for (const char* list : kMore)
      if (from.contains(list)) roles[list] = from[list];
  };
  take_roles(config);
  if (config.contains("added_tokens_decoder")) {
    EXCISE_CHECK(read_decoder(config["added_tokens_decoder"], file, tokens));
  } else {
    const fs::path map = folder / "special_tokens_map.json";
    if (is_there(map)) {
      json others = EXCISE_TRY(read_json_object(map));
      others.erase(kMore.back());  // has it under its tokens' names
      take_roles(others);
      file = map;
    }
    const fs::path plain = folder / "added_tokens.json";
    if (is_there(plain))
      EXCISE_CHECK(read_added_tokens_json(plain, roles, tokens));
  }
  return name_roles(roles, file, tokens);
}

}  // namespace excise
