// What generation_config.json says beside config.json.
#ifndef EXCISE_MODEL_ARCHITECTURE_GENERATION_CONFIG_H_
#define EXCISE_MODEL_ARCHITECTURE_GENERATION_CONFIG_H_

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "model/architecture/config.h"

namespace excise {

// The ids of an eos_token_id, one or a list, that the vocabulary has. Nothing
// is refused for them: they change no number, and many files keep an id of a
// larger vocabulary.
std::vector<int> end_ids(const nlohmann::json& value, size_t d_vocab);

// Takes the ids that end a text from the content of generation_config.json, as
// generate() of Transformers does: none where it names none. What is no JSON is
// left aside, as there.
void take_generation_config(std::string_view text, ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_GENERATION_CONFIG_H_
