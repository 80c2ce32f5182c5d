#include "cli/text_source.h"

#include <charconv>

#include "io/text_file.h"

namespace excise {

Result<std::string> read_text(const std::string& path) {
  constexpr size_t kMaxBytes = size_t{16} << 20;
  const std::string source = path == "-" ? "/dev/stdin" : path;
  std::string text = EXCISE_TRY(read_text_file(source, kMaxBytes));
  if (text.ends_with('\n')) {
    text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
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
  constexpr std::string_view kSeparators = ", \t\r\n";
  std::vector<int> ids;
  while (true) {
    const auto first = text.find_first_not_of(kSeparators);
    if (first == std::string_view::npos) break;
    text.remove_prefix(first);
    const std::string_view word =
        text.substr(0, text.find_first_of(kSeparators));
    int id = 0;
    const auto [rest, error] =
        std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || rest != word.data() + word.size()) {
      return fail(ErrorCode::kBadInput,
                  {.where = "text",
                   .subject = "--ids",
                   .expected = "token ids such as 464,3290",
                   .found = "\"" + std::string(word.substr(0, 40)) + "\""});
    }
    ids.push_back(id);
    text.remove_prefix(word.size());
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
