// What to do where a model is not on this machine.
#ifndef EXCISE_MODEL_MISSING_MODEL_H_
#define EXCISE_MODEL_MISSING_MODEL_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace excise {

// The hub ids in a cache of huggingface_hub.
std::vector<std::string> cached_ids(const std::filesystem::path& cache);

// The hint: names that are nearly `name` (bundled, in the cache, folders beside
// the one that was meant); else, for a hub id, the command that fetches it,
// unless its name tells that excise would refuse it. bundled: names of models
// that come with excise.
std::string missing_model_hint(std::string_view name,
                               const std::filesystem::path& cache,
                               std::vector<std::string> bundled);

}  // namespace excise

#endif  // EXCISE_MODEL_MISSING_MODEL_H_
