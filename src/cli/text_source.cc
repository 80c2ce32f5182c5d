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

Result<std::vector<int>> parse_ids(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<int> ids;
  const auto skip_blanks = [&] {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  };
  bool behind_comma = false;
  for (skip_blanks(); !text.empty() || behind_comma; skip_blanks()) {
    const std::string_view word =
        text.substr(0, text.find_first_of(", \t\r\n"));
    int id = 0;
    const auto [rest, error] =
        std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || rest != word.data() + word.size()) {
      return fail(ErrorCode::kBadInput,
                  {.where = "text",
                   .subject = "--ids",
                   .expected = "token ids such as 464,3290",
                   .found = "\"" + std::string(beginning(word, 40)) + "\""});
    }
    ids.push_back(id);
    text.remove_prefix(word.size());
    skip_blanks();
    behind_comma = text.starts_with(',');
    if (behind_comma) text.remove_prefix(1);
  }
  if (ids.empty()) {
    return fail(ErrorCode::kBadInput, {.where = "text",
                                       .subject = "--ids",
                                       .expected = "at least one token",
                                       .found = "none"});
  }
  return ids;
}

}  // namespace excise
