// Whole text files.
#ifndef EXCISE_IO_TEXT_FILE_H_
#define EXCISE_IO_TEXT_FILE_H_

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace excise {

// A pipe is read to its end; one that nobody writes to is an error, not waited
// for. Errors: io when it cannot be read, bad_file above max_bytes or for a
// folder.
Result<std::string> read_text_file(const std::filesystem::path& path,
                                   size_t max_bytes = size_t{256} << 20);

// A text that people wrote or a program exported.
struct PlainText {
  std::string text;
  size_t windows_line_ends = 0;  // \r\n that were read as \n
};

// bytes: of a file; source names it. A byte-order mark is left out and \r\n is
// a line's end, as \n. Error bad_file with the line and the command that
// converts for UTF-16, UTF-32, and other bytes that are no UTF-8.
Result<PlainText> plain_text(std::string bytes, std::string_view source);

// The content of a file through plain_text(), without one line's end at its
// end, which editors put there.
Result<PlainText> read_plain_text(const std::filesystem::path& path,
                                  size_t max_bytes = size_t{256} << 20);

// Offset of the first byte that is no UTF-8 (RFC 3629: no surrogates, no
// overlong forms), if any.
std::optional<size_t> first_invalid_utf8(std::string_view text);

}  // namespace excise

#endif  // EXCISE_IO_TEXT_FILE_H_
