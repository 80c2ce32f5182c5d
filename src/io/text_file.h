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

// Errors: io when it cannot be read, bad_file above max_bytes or for a folder.
Result<std::string> read_text_file(const std::filesystem::path& path,
                                   size_t max_bytes = size_t{256} << 20);

// Offset of the first byte that is no UTF-8 (RFC 3629: no surrogates, no
// overlong forms), if any.
std::optional<size_t> first_invalid_utf8(std::string_view text);

}  // namespace excise

#endif  // EXCISE_IO_TEXT_FILE_H_
