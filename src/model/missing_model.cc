#include "model/missing_model.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "core/did_you_mean.h"
#include "model/families/not_built.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFolders = 1000;

// Names that the hub knows without an organisation.
constexpr std::array<std::string_view, 4> kOldNames = {"gpt2", "gpt2-medium",
                                                       "gpt2-large", "gpt2-xl"};

// The folders where `name` would be, as it would be typed.
std::vector<std::string> folders_beside(const fs::path& name) {
  std::vector<std::string> folders;
  const fs::path parent = name.parent_path();
  std::error_code error;
  for (fs::directory_iterator at(parent.empty() ? "." : parent, error), end;
       !error && at != end && folders.size() < kMostFolders;
       at.increment(error)) {
    std::error_code ignored;
    if (fs::is_regular_file(at->path() / "config.json", ignored))
      folders.push_back((parent / at->path().filename()).string());
  }
  return folders;
}

}  // namespace

std::vector<std::string> cached_ids(const fs::path& cache) {
  constexpr std::string_view kModels = "models--", kBetween = "--";
  std::vector<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator at(cache, error), end;
       !error && at != end && ids.size() < kMostFolders; at.increment(error)) {
    std::string id = at->path().filename().string();
    if (!id.starts_with(kModels)) continue;
    id.erase(0, kModels.size());
    if (const size_t between = id.find(kBetween); between != std::string::npos)
      id.replace(between, kBetween.size(), "/");
    ids.push_back(std::move(id));
  }
  std::ranges::sort(ids);
  return ids;
}

std::string missing_model_hint(std::string_view name, const fs::path& cache,
                               std::vector<std::string> bundled) {
  std::vector<std::string> known = std::move(bundled);
  for (auto&& more : {cached_ids(cache), folders_beside(fs::path(name))})
    known.insert(known.end(), more.begin(), more.end());
  std::string near = did_you_mean(name, known, 2);
  if (!near.empty()) return near;
  const bool old = std::ranges::find(kOldNames, name) != kOldNames.end();
  if (!old && name.find('/') == std::string_view::npos)
    return "a model of the hub is named ORGANISATION/NAME";
  if (const std::string why = why_not_built_by_name(name); !why.empty())
    return "by its name excise would refuse it: " + why;
  const std::string full = (old ? "openai-community/" : "") + std::string(name);
  return "excise never downloads; to fetch it, if it is of a family that "
         "excise runs: hf download " +
         full;
}

}  // namespace excise
