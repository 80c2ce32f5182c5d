// Where the classes of Transformers would make other ids of a folder than its
// tokenizer.json does, which excise follows.
#ifndef EXCISE_MODEL_TOKENIZER_CLASS_NOTES_H_
#define EXCISE_MODEL_TOKENIZER_CLASS_NOTES_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace excise {

// A sentence each, of what is known of Transformers 5.24 and 4.57 from the
// class that tokenizer_config.json (config) or the model_type of config.json
// names; file: the tree of tokenizer.json.
std::vector<std::string> class_notes(const std::filesystem::path& folder,
                                     const nlohmann::json& config,
                                     const nlohmann::json& file);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_CLASS_NOTES_H_
