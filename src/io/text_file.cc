#include "io/text_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "io/utf8.h"

namespace excise {
namespace {

struct Descriptor {
  int number;
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

// Standard input and process substitutions are links to their pipes.
bool is_named_pipe(const std::filesystem::path& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& path,
                                   size_t max_bytes) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return fail(ErrorCode::kBadFile, {.where = "io",
                                      .subject = path.string(),
                                      .expected = "a file",
                                      .found = "a folder"});
  }
  // A pipe is read as a stream, unless nobody writes to it: then there would be
  // no end to the waiting.
  const Descriptor file{
      ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  std::string text;
  std::string block(size_t{1} << 16, '\0');
  int failure = file.number < 0 ? errno : 0;
  while (failure == 0 && text.size() <= max_bytes) {
    const ssize_t got = ::read(file.number, block.data(), block.size());
    if (got == 0) break;
    if (got > 0) {
      text.append(block, 0, static_cast<size_t>(got));
    } else if (errno == EAGAIN) {
      pollfd more{.fd = file.number, .events = POLLIN, .revents = 0};
      poll(&more, 1, -1);
    } else if (errno != EINTR) {
      failure = errno;
    }
  }
  if (failure == 0 && text.empty() && is_named_pipe(path)) {
    return fail(ErrorCode::kIo, {.where = "io",
                                 .subject = path.string(),
                                 .expected = "a file, or a pipe with a text",
                                 .found = "a FIFO that nobody writes to"});
  }
  if (text.size() > max_bytes) {
    return fail(ErrorCode::kBadFile,
                {.where = "io",
                 .subject = path.string(),
                 .expected = "at most " + std::to_string(max_bytes) + " bytes",
                 .found = "more"});
  }
  if (failure != 0) {
    return fail(ErrorCode::kIo, {.where = "io",
                                 .subject = path.string(),
                                 .expected = "a readable file",
                                 .found = std::strerror(failure)});
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
