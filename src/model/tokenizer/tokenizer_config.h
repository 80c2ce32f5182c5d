// tokenizer_config.json, which says more of a tokenizer than its ids.
#ifndef EXCISE_MODEL_TOKENIZER_TOKENIZER_CONFIG_H_
#define EXCISE_MODEL_TOKENIZER_TOKENIZER_CONFIG_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/error.h"

namespace excise {

// An empty object where the folder has none. extra_special_tokens, which is an
// object or a list, is the list of its tokens, in the order of the file.
// Errors: those of read_json(), bad_file for another kind of that value.
Result<nlohmann::json> read_tokenizer_config(
    const std::filesystem::path& folder);

// A sentence for each key that nobody knows.
std::vector<std::string> unknown_key_notes(const nlohmann::json& config);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_TOKENIZER_CONFIG_H_
