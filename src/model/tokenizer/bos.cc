#include "model/tokenizer/bos.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "io/utf8.h"
#include "model/tokenizer/json_file.h"
#include "model/tokenizer/vocabulary.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<Bos, std::string_view>, 3> kNames = {
    {{Bos::kAuto, "auto"}, {Bos::kAlways, "always"}, {Bos::kNever, "never"}}};

// Of one file, where it is there.
Result<json> value_in(const std::filesystem::path& file, const char* key) {
  if (!is_there(file)) return json();
  const json object = EXCISE_TRY(read_json_object(file));
  return member(object, key);
}

}  // namespace

std::string_view bos_name(Bos bos) {
  for (const auto& [value, name] : kNames)
    if (value == bos) return name;
  return "?";
}

Result<Bos> parse_bos(std::string_view name) {
  for (const auto& [value, known] : kNames)
    if (known == name) return value;
  return fail(ErrorCode::kBadInput,
              {.where = "tokenizer",
               .subject = "bos",
               .expected = "auto, always or never",
               .found = "\"" + std::string(beginning(name, 40)) + "\""});
}

std::string_view special_tokens_name(SpecialTokens special) {
  return special == SpecialTokens::kRead ? "read" : "text";
}

Result<SpecialTokens> parse_special_tokens(std::string_view name) {
  for (const auto special : {SpecialTokens::kRead, SpecialTokens::kText})
    if (special_tokens_name(special) == name) return special;
  return fail(ErrorCode::kBadInput,
              {.where = "tokenizer",
               .subject = "special tokens",
               .expected = "read or text",
               .found = "\"" + std::string(beginning(name, 40)) + "\""});
}

Result<int> bos_token(const std::filesystem::path& folder,
                      const Vocabulary& vocabulary) {
  for (const char* file :
       {"tokenizer_config.json", "special_tokens_map.json"}) {
    const json named = EXCISE_TRY(value_in(folder / file, "bos_token"));
    const json& text = named.is_object() ? member(named, "content") : named;
    if (!text.is_string()) continue;
    if (const auto id = vocabulary.find(text.get_ref<const std::string&>()))
      return *id;
  }
  const json id = EXCISE_TRY(value_in(folder / "config.json", "bos_token_id"));
  if (id.is_number_unsigned() &&
      id.get<uint64_t>() < vocabulary.entries().size() &&
      !vocabulary.entries()[id.get<size_t>()].empty()) {
    return id.get<int>();
  }
  return fail(ErrorCode::kBadInput,
              {.where = "tokenizer",
               .subject = folder.string(),
               .expected = "a token that begins texts, for --bos always",
               .found = "none",
               .hint = "tokenizer_config.json names it as bos_token, "
                       "config.json as bos_token_id"});
}

}  // namespace excise
