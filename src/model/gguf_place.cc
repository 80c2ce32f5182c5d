#include "model/gguf_place.h"

#include <string>
#include <system_error>
#include <vector>

#include "io/gguf_header.h"

namespace excise {

namespace fs = std::filesystem;

std::vector<fs::path> gguf_files_in(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool later = name.find("-of-") != std::string::npos &&
                       name.find("-00001-of-") == std::string::npos;
    if (entry.path().extension() == ".gguf" && !later)
      files.push_back(entry.path());
  }
  return files;
}

std::optional<fs::path> gguf_file_of(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) {
    const bool is_gguf = path.extension() == ".gguf" || begins_as_gguf(path);
    return is_gguf ? std::optional(path) : std::nullopt;
  }
  if (!fs::is_directory(path, ignored) ||
      fs::exists(path / "config.json", ignored))
    return std::nullopt;
  const auto files = gguf_files_in(path);
  if (files.size() != 1) return std::nullopt;
  return files.front();
}

}  // namespace excise
