#include "model/families/families.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "io/bounded_json.h"
#include "io/known_keys.h"
#include "model/architecture/config_reader.h"
#include "model/families/family_list.h"
#include "model/families/not_built.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr std::array kFamilies = {
    &kGpt2,    &kGptNeo,     &kGptJ,      &kGptNeoX, &kOpt,   &kLlama,
    &kMistral, &kMinistral3, &kQwen2,     &kQwen3,   &kGemma, &kGemma2,
    &kGemma3,  &kOlmo2,      &kOlmo3,     &kPhi,     &kPhi3,  &kStableLm,
    &kSmolLm3, &kGranite,    &kStarCoder2};

Result<const Family*> family_of(const json& document,
                                const std::filesystem::path& path,
                                Families families) {
  constexpr const char* kKey = "model_type";
  const json type = document.value(kKey, json());
  std::string known;
  for (const Family* family : families) {
    if (type == family->model_type ||
        (type.is_null() && family->model_type == kGpt2.model_type))
      return family;
    known += (known.empty() ? "" : ", ") + std::string(family->model_type);
  }
  const std::string why =
      type.is_string() ? why_not_built(type.get<std::string>()) : "";
  return fail(
      ErrorCode::kUnsupported,
      {.where = "config",
       .subject = path.string() + ": " + kKey,
       .expected = known,
       .found = type.is_null() ? "nothing" : shown_json(type),
       .hint = why.empty() ? "excise runs decoders of these families" : why});
}

}  // namespace

Families all_families() { return kFamilies; }

Result<ModelConfig> parse_config(std::string_view text,
                                 const std::filesystem::path& path,
                                 Families families) {
  const json document = parse_bounded_json(text);
  if (!document.is_object()) {
    return fail(ErrorCode::kBadFile,
                {.where = "config",
                 .subject = path.string(),
                 .expected = "a JSON object",
                 .found = document.is_discarded() ? "no valid JSON"
                                                  : document.type_name()});
  }
  const Family* family = EXCISE_TRY(family_of(document, path, families));
  const ConfigReader read(document, path, *family);
  (void)read.contains("model_type");
  EXCISE_CHECK(read.refuse_others());
  ModelConfig config = EXCISE_TRY(family->read(read));
  config.family = family;
  if (config.identity.empty()) config.identity = identity_of(config);
  read.note_others(config);
  return config;
}

}  // namespace excise
