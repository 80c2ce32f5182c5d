// Where a model lies on this machine.
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

#include "io/text_file.h"
#include "model/gguf_place.h"
#include "model/missing_model.h"
#include "model/model.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

// What stands beside the program, the second once it was fetched.
constexpr std::string_view kBundled = "baker-7m";
constexpr std::string_view kFetched = "smollm2-135m";

std::optional<fs::path> environment_path(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// As huggingface_hub looks for it.
fs::path hub_cache() {
  if (const auto cache = environment_path("HF_HUB_CACHE")) return *cache;
  if (const auto home = environment_path("HF_HOME")) return *home / "hub";
  const fs::path cache =
      environment_path("XDG_CACHE_HOME")
          .value_or(environment_path("HOME").value_or("/") / ".cache");
  return cache / "huggingface/hub";
}

// models--org--name/snapshots/<the commit that refs/main names>.
std::optional<fs::path> cached_snapshot(std::string id) {
  for (size_t at = id.find('/'); at != std::string::npos; at = id.find('/')) {
    id.replace(at, 1, "--");
  }
  const fs::path repository = hub_cache() / ("models--" + id);
  const auto commit = read_text_file(repository / "refs/main", 4096);
  if (!commit) return std::nullopt;
  std::string name = *commit;
  while (!name.empty() &&
         std::isspace(static_cast<unsigned char>(name.back()))) {
    name.pop_back();
  }
  const fs::path snapshot = repository / "snapshots" / name;
  if (name.empty() || fs::path(name).filename() != name ||
      !is_folder(snapshot)) {
    return std::nullopt;
  }
  return snapshot;
}

// "gpt2" or "org/name", in the characters that the hub allows.
bool is_hub_id(std::string_view name) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ||
           c == '_' || c == '.' || c == '/';
  };
  return !name.empty() && std::count(name.begin(), name.end(), '/') <= 1 &&
         name.front() != '/' && name.front() != '.' && name.back() != '/' &&
         std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

std::optional<fs::path> bundled_folder(std::string_view name) {
  std::vector<fs::path> places;
  if (const auto models = environment_path("EXCISE_MODELS")) {
    places.push_back(*models);
  }
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  places.push_back(program.parent_path().parent_path() / "share/excise/models");
  // The Python package has them beside the library that this code is part of.
  Dl_info library{};
  if (dladdr(reinterpret_cast<const void*>(&bundled_folder), &library) != 0) {
    places.push_back(fs::path(library.dli_fname).parent_path() / "models");
  }
  places.emplace_back(EXCISE_MODELS_DIR);
  for (const fs::path& place : places) {
    if (is_folder(place / name)) return place / name;
  }
  return std::nullopt;
}

Result<fs::path> locate_model(std::string_view model) {
  const fs::path path(model);
  std::error_code ignored;
  if (is_folder(path)) return path;
  if (gguf_file_of(path)) return path;
  if (fs::is_regular_file(path, ignored) &&
      (path.extension() == ".safetensors" || path.extension() == ".json")) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
  }
  if (model == kBundled || model == kFetched) {
    if (const auto folder = bundled_folder(model)) return *folder;
  }
  if (model == kFetched) {
    return fail(ErrorCode::kBadInput,
                {.where = "model",
                 .subject = std::string(model),
                 .expected = "SmolLM2-135M beside the program",
                 .found = "nothing yet",
                 .hint = "in the source tree of excise, fetch it once: make "
                         "real-model"});
  }
  // In what follows, a name that is no folder; a file may be called as a model
  // of the cache is.
  const auto no_model = [&](std::string expected, std::string found,
                            std::string hint = {}) {
    if (fs::exists(path, ignored)) {
      expected = "a model folder or a GGUF file";
      found = "a file that is neither";
      hint = "";
    }
    return fail(ErrorCode::kBadInput, {.where = "model",
                                       .subject = std::string(model),
                                       .expected = std::move(expected),
                                       .found = std::move(found),
                                       .hint = std::move(hint)});
  };
  if (!is_hub_id(model)) {
    return no_model("a folder, a GGUF file, a hub id or baker-7m",
                    model.empty() ? "no name" : "no such folder or file");
  }
  const std::string id(model);
  if (const auto snapshot = cached_snapshot(id)) return *snapshot;
  // The old names of the GPT-2 family live on under their organisation.
  if (id.find('/') == std::string::npos) {
    if (const auto snapshot = cached_snapshot("openai-community/" + id))
      return *snapshot;
  }
  return no_model("a folder, baker-7m, or a model in the local hub cache " +
                      hub_cache().string(),
                  "none of them",
                  missing_model_hint(id, hub_cache(), {std::string(kBundled)}));
}

}  // namespace excise
