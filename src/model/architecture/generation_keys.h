// What generation_config.json, or config.json where that is not there, tells
// generate() of Transformers beside the ids that end a text.
#ifndef EXCISE_MODEL_ARCHITECTURE_GENERATION_KEYS_H_
#define EXCISE_MODEL_ARCHITECTURE_GENERATION_KEYS_H_

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace excise {

// Keys that change no text of excise: it has options of its own for them, or
// they say how the text is made or given back.
std::span<const std::string_view> harmless_generation_keys();
// Keys that make Transformers write another text.
std::vector<std::string_view> unfollowed_generation_keys();

// A sentence each for those of the latter that are not off.
std::vector<std::string> unfollowed_notes(const nlohmann::json& config,
                                          const std::string& file);

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_GENERATION_KEYS_H_
