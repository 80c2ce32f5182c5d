// Which path is a GGUF file.
#ifndef EXCISE_MODEL_GGUF_PLACE_H_
#define EXCISE_MODEL_GGUF_PLACE_H_

#include <filesystem>
#include <optional>
#include <vector>

namespace excise {

// The path itself where its file begins as GGUF files do or is called so,
// whatever Ollama calls it; of a folder without config.json its only GGUF file,
// or the first part of one that was split. None for others.
std::optional<std::filesystem::path> gguf_file_of(
    const std::filesystem::path& path);

// Those of a folder, of split ones the first part.
std::vector<std::filesystem::path> gguf_files_in(
    const std::filesystem::path& folder);

}  // namespace excise

#endif  // EXCISE_MODEL_GGUF_PLACE_H_
