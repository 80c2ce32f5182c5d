#include "model/architecture/generation_config.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "io/bounded_json.h"
#include "io/known_keys.h"
#include "model/architecture/generation_keys.h"

namespace excise {

using nlohmann::json;

std::vector<int> end_ids(const json& value, size_t d_vocab) {
  std::vector<int> ids;
  for (const json& id : value.is_array() ? value : json::array({value})) {
    if (id.is_number_integer() && id.get<int64_t>() >= 0 &&
        id.get<uint64_t>() < d_vocab) {
      ids.push_back(id.get<int>());
    }
  }
  return ids;
}

void take_generation_config(std::string_view text, ModelConfig& config) {
  const std::string file = "generation_config.json";
  const json document = parse_bounded_json(text);
  if (!document.is_object()) {
    config.notes.push_back(file + " is no JSON object and is left aside");
    return;
  }
  config.end_of_text =
      end_ids(document.value("eos_token_id", json()), config.d_vocab);
  // Those of config.json count no more.
  config.generation_notes = unfollowed_notes(document, file);
  constexpr std::array kRead = {"eos_token_id"};
  for (const std::string& key :
       other_keys(document, kRead, harmless_generation_keys(),
                  unfollowed_generation_keys())) {
    config.notes.push_back(file + ": " + shown_json(key) + " is left aside");
  }
}

}  // namespace excise
