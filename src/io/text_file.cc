#include "io/text_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
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

namespace {

// The encoding that the first bytes announce, or that zeros in every other
// place give away; nullptr for none.
const char* wide_encoding(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv)) return "UTF-32";
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return "UTF-16";
  const std::string_view head = bytes.substr(0, 256);
  size_t zeros[2] = {0, 0};
  for (size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == '\0';
  if (head.size() >= 4 && zeros[1] * 4 > head.size() && zeros[0] == 0)
    return "UTF-16LE";
  if (head.size() >= 4 && zeros[0] * 4 > head.size() && zeros[1] == 0)
    return "UTF-16BE";
  return nullptr;
}

tl::unexpected<Error> not_utf8(std::string subject, std::string found,
                               const char* encoding, std::string_view source) {
  const std::string file(source);
  return fail(ErrorCode::kBadFile,
              {.where = "text",
               .subject = std::move(subject),
               .expected = "UTF-8",
               .found = std::move(found),
               .hint = "convert it: iconv -f " + std::string(encoding) +
                       " -t UTF-8 " + file + " > new, or save it as UTF-8"});
}

}  // namespace

Result<PlainText> plain_text(std::string bytes, std::string_view source) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (const char* encoding = wide_encoding(bytes))
    return not_utf8(std::string(source), encoding, encoding, source);
  if (const auto offset = first_invalid_utf8(bytes)) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<uint8_t>(bytes[*offset]);
    const auto line =
        1 + std::count(bytes.begin(),
                       bytes.begin() + static_cast<ptrdiff_t>(*offset), '\n');
    return not_utf8(std::string(source) + ", line " + std::to_string(line),
                    std::string("the byte 0x") + kDigits[byte >> 4] +
                        kDigits[byte & 15] +
                        ", as in a text of an older Windows",
                    "CP1252", source);
  }
  PlainText out;
  std::string_view rest = bytes;
  if (rest.starts_with(kMark)) rest.remove_prefix(kMark.size());
  out.text.reserve(rest.size());
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\r' && i + 1 < rest.size() && rest[i + 1] == '\n') {
      ++out.windows_line_ends;
      continue;
    }
    out.text += rest[i];
  }
  return out;
}

Result<PlainText> read_plain_text(const std::filesystem::path& path,
                                  size_t max_bytes) {
  PlainText out = EXCISE_TRY(
      plain_text(EXCISE_TRY(read_text_file(path, max_bytes)), path.string()));
  if (out.text.ends_with('\n')) out.text.pop_back();
  return out;
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
