#include "io/own_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "io/bounded_json.h"
#include "io/staging.h"
#include "io/text_file.h"
#include "io/toml_record.h"

namespace excise {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Names = std::set<std::string>;

constexpr size_t kMostBytes = size_t{64} << 20;

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string();
}

std::optional<Names> names_of_result(const fs::path& file) {
  const auto text = read_text_file(file, kMostBytes);
  if (!text) return std::nullopt;
  const json results = parse_bounded_json(*text);
  if (!results.is_object()) return std::nullopt;
  const auto known = result_file_names(text_of(results, "schema"));
  if (known.empty()) return std::nullopt;
  const json::json_pointer list("/manifest/files");
  if (!results.contains(list) || !results[list].is_array())
    return Names(known.begin(), known.end());
  Names names = {"results.json", "report.html"};
  for (const json& name : results[list]) {
    if (name.is_string()) names.insert(name.get<std::string>());
  }
  return names;
}

std::optional<Names> own_names(const fs::path& folder) {
  std::error_code error;
  if (fs::is_regular_file(folder / "results.json", error))
    return names_of_result(folder / "results.json");
  const auto edit = read_text_file(folder / "edit.toml", kMostBytes);
  if (!edit || toml_schema(*edit) != "excise.edit/1") return std::nullopt;
  return Names{"edit.toml", "basis.safetensors"};
}

// Calls on(path, whether it is excise's).
template <typename On>
void for_each(const fs::path& folder, const Names& own, const On& on) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool is_file = fs::is_regular_file(entry->symlink_status(error));
    on(entry->path(),
       is_file && (own.contains(name) || Staging::is_hidden_name(name)));
  }
}

}  // namespace

std::vector<std::string> result_file_names(std::string_view schema) {
  const size_t slash = schema.rfind('/');
  const std::string_view kind = schema.substr(0, slash);
  std::vector<std::string> names = {"results.json", "experiment.toml",
                                    "report.html"};
  const auto with = [&](std::initializer_list<const char*> more) {
    names.insert(names.end(), more.begin(), more.end());
    return names;
  };
  if (slash == std::string_view::npos) return {};
  if (kind == "excise.results") {
    return with({"arrays.safetensors", "constant.csv", "layers.csv",
                 "parts.csv", "tokens.csv", "variants.csv",
                 "basis.safetensors"});
  }
  if (kind == "excise.median")
    return with({"arrays.safetensors", "median.csv"});
  if (kind == "excise.lesion")
    return with({"arrays.safetensors", "laminar.csv", "lesions.csv"});
  if (kind == "excise.concept-results")
    return with({"concept.csv", "on.toml", "off.toml", "basis.safetensors"});
  if (kind == "excise.corpus")
    return with({"journal.excise", "layers.csv", "texts.csv", "units.csv"});
  if (kind == "excise.task-sweep")
    return with({"arrays.safetensors", "task_layers.csv", "task_prompts.csv",
                 "task_swap.csv", "task.jsonl", "basis.safetensors"});
  if (kind == "excise.corpus-shard") return {"results.json", "journal.excise"};
  return {};
}

std::optional<std::vector<std::string>> foreign_files(const fs::path& folder) {
  const auto own = own_names(folder);
  if (!own) return std::nullopt;
  std::vector<std::string> foreign;
  for_each(folder, *own, [&](const fs::path& path, bool is_own) {
    if (!is_own) foreign.push_back(path.filename().string());
  });
  std::ranges::sort(foreign);
  return foreign;
}

bool remove_own_files(const fs::path& folder) {
  std::error_code error;
  if (const auto own = own_names(folder)) {
    for_each(folder, *own, [&](const fs::path& path, bool is_own) {
      if (is_own) fs::remove(path, error);
    });
  }
  return fs::remove(folder, error) && !error;
}

}  // namespace excise
