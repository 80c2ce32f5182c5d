#include "io/text_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "io/utf8.h"

namespace excise {

Result<std::string> read_text_file(const std::filesystem::path& path,
                                   size_t max_bytes) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return fail(ErrorCode::kBadFile, {.where = "io",
                                      .subject = path.string(),
                                      .expected = "a file",
                                      .found = "a folder"});
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::string block(size_t{1} << 16, '\0');
  while (file && text.size() <= max_bytes) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block, 0, static_cast<size_t>(file.gcount()));
  }
  if (text.size() > max_bytes) {
    return fail(ErrorCode::kBadFile,
                {.where = "io",
                 .subject = path.string(),
                 .expected = "at most " + std::to_string(max_bytes) + " bytes",
                 .found = "more"});
  }
  if (!file.eof()) {
    return fail(ErrorCode::kIo, {.where = "io",
                                 .subject = path.string(),
                                 .expected = "a readable file",
                                 .found = std::strerror(errno)});
  }
  return text;
}

std::optional<size_t> first_invalid_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Utf8Character character = first_character(text.substr(i));
    if (!character.whole()) return i;
    i += character.length;
  }
  return std::nullopt;
}

}  // namespace excise
