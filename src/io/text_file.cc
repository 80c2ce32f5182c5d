#include "io/text_file.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

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
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  size_t i = 0;
  while (i < text.size()) {
    const uint8_t lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return i;
    // The second byte rules out overlong forms, surrogates and code points
    // above U+10FFFF.
    const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(i + 1) < low || byte(i + 1) > high) return i;
    for (size_t k = 2; k < length; ++k) {
      if ((byte(i + k) & 0xC0U) != 0x80U) return i;
    }
    i += length;
  }
  return std::nullopt;
}

}  // namespace excise
