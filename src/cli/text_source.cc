#include "cli/text_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "cli/print.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {

Result<std::string> read_text(const std::string& path) {
  constexpr size_t kMaxBytes = size_t{16} << 20;
  const std::string source = path == "-" ? "/dev/stdin" : path;
  const PlainText read = EXCISE_TRY(read_plain_text(source, kMaxBytes));
  const std::string& text = read.text;
  if (read.windows_line_ends > 0) {
    print_error("{}: {} line end{} of Windows (\\r\\n) read as \\n\n",
                shown(source), read.windows_line_ends,
                read.windows_line_ends == 1 ? "" : "s");
  }
  if (text.empty()) {
    return fail(ErrorCode::kBadInput, {.where = "text",
                                       .subject = source,
                                       .expected = "at least one token",
                                       .found = "an empty text"});
  }
  return text;
}

}  // namespace excise
