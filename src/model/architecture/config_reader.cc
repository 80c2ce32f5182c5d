#include "model/architecture/config_reader.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/known_keys.h"
#include "model/architecture/generation_config.h"
#include "model/architecture/generation_keys.h"
#include "model/architecture/harmless_keys.h"

namespace excise {

using nlohmann::json;

tl::unexpected<Error> ConfigReader::bad(ErrorCode code, std::string_view key,
                                        std::string expected,
                                        std::string hint) const {
  return bad_value(code, std::string(key), value(key), std::move(expected),
                   std::move(hint));
}

tl::unexpected<Error> ConfigReader::bad_value(ErrorCode code,
                                              const std::string& name,
                                              const json* value,
                                              std::string expected,
                                              std::string hint) const {
  return fail(code, {.where = "config",
                     .subject = path_.string() + ": " + name,
                     .expected = std::move(expected),
                     .found = value == nullptr
                                  ? "nothing"
                                  : value->dump(-1, ' ', true,
                                                json::error_handler_t::replace),
                     .hint = std::move(hint)});
}

const json* ConfigReader::value(std::string_view key) const {
  const json* found = find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

const json* ConfigReader::find(std::string_view key) const {
  asked_.emplace(key);
  const auto found = config_.find(std::string(key));
  return found == config_.end() ? nullptr : &*found;
}

bool ConfigReader::contains(std::string_view key) const {
  return find(key) != nullptr;
}

bool ConfigReader::present(std::string_view key) const {
  return value(key) != nullptr;
}

Result<std::string_view> ConfigReader::name_of(std::string_view key) const {
  for (const auto& [own, alias] : family_.aliases) {
    if (own != key || !contains(alias)) continue;
    if (contains(own) && *find(own) != *find(alias)) {
      return bad(
          ErrorCode::kBadFile, alias,
          "the same as " + std::string(own) + ", whose other name it is");
    }
    return alias;
  }
  return key;
}

Result<size_t> ConfigReader::size(std::string_view own, size_t otherwise,
                                  int64_t largest) const {
  const std::string_view key = EXCISE_TRY(name_of(own));
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  const bool fits = value->is_number_integer() &&
                    !(value->is_number_unsigned() &&
                      value->get<uint64_t>() > static_cast<uint64_t>(largest));
  if (!fits || value->get<int64_t>() < 1 || value->get<int64_t>() > largest) {
    return bad(ErrorCode::kBadFile, key,
               "a whole number from 1 to " + std::to_string(largest));
  }
  return value->get<size_t>();
}

Result<size_t> ConfigReader::size_or(std::string_view own,
                                     size_t otherwise) const {
  const std::string_view key = EXCISE_TRY(name_of(own));
  return present(key) ? size(own, otherwise) : Result<size_t>(otherwise);
}

Result<bool> ConfigReader::flag(std::string_view key, bool otherwise) const {
  if (!present(key)) return otherwise;
  const json* value = find(key);
  if (!value->is_boolean())
    return bad(ErrorCode::kBadFile, key, "true or false");
  return value->get<bool>();
}

Result<double> ConfigReader::positive(std::string_view key,
                                      double otherwise) const {
  if (!present(key)) return otherwise;
  const json* value = find(key);
  if (!value->is_number() || !(value->get<double>() > 0) ||
      !std::isfinite(value->get<float>())) {
    return bad(ErrorCode::kBadFile, key, "a positive number");
  }
  return value->get<double>();
}

Result<Activation> ConfigReader::activation(std::string_view key,
                                            Activation otherwise) const {
  if (!present(key)) return otherwise;
  const json* value = find(key);
  std::string known;
  for (const auto& [name, activation] : kActivationNames) {
    if (*value == name) return activation;
    known += (known.empty() ? "one of " : ", ") + std::string(name);
  }
  return bad(ErrorCode::kUnsupported, key, known);
}

std::vector<int> ConfigReader::end_of_text(int otherwise,
                                           size_t d_vocab) const {
  const json* value = find("eos_token_id");
  if (value == nullptr)
    return otherwise < 0 ? std::vector<int>()
                         : end_ids(json(otherwise), d_vocab);
  return end_ids(*value, d_vocab);
}

Status ConfigReader::refuse_others() const {
  for (const std::string_view key :
       {"add_cross_attention", "is_encoder_decoder"}) {
    if (EXCISE_TRY(flag(key, false)))
      return bad(ErrorCode::kUnsupported, key, "false");
  }
  for (const std::string_view key :
       {"quantization_config", "pruned_heads", "adapters", "auto_map",
        "transformers_weights"}) {
    if (present(key) && !find(key)->empty()) {
      return bad(ErrorCode::kUnsupported, key, "nothing",
                 "save the model without it first");
    }
  }
  return {};
}

void ConfigReader::note_others(ModelConfig& config) const {
  config.generation_notes = unfollowed_notes(config_, "config.json");
  for (const std::string& key : other_keys(
           config_, asked_, family_.harmless_keys, harmless_config_keys(),
           harmless_generation_keys(), unfollowed_generation_keys())) {
    config.notes.push_back("config.json: " + shown_json(key) +
                           " is left aside, as Transformers' " +
                           std::string(family_.name) + " does");
  }
}

}  // namespace excise
