#include "io/toml_depth.h"

#include <algorithm>
#include <string>

namespace excise {
namespace {

// Behind the string that begins at `start` with a quote, or at the text's end.
size_t end_of_string(std::string_view text, size_t start) {
  const char quote = text[start];
  const std::string three(3, quote);
  const bool long_one = text.substr(start, 3) == three;
  for (size_t i = start + (long_one ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (long_one ? text.substr(i, 3) == three : text[i] == quote) {
      return i + (long_one ? 3 : 1);
    } else if (!long_one && text[i] == '\n') {
      return i;
    }
  }
  return text.size();
}

}  // namespace

Status check_toml_depth(std::string_view text, std::string_view source) {
  constexpr size_t kDeepest = 32;
  size_t brackets = 0, dots = 0, line = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const size_t end = end_of_string(text, i);
      line += static_cast<size_t>(
          std::count(text.begin() + static_cast<ptrdiff_t>(i),
                     text.begin() + static_cast<ptrdiff_t>(end), '\n'));
      i = end - 1;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == '.') {
      ++dots;
    } else if (c == '[' || c == '{') {
      ++brackets;
    } else if (c == ']' || c == '}') {
      brackets -= brackets > 0 ? 1 : 0;
    }
    if (c == '\n') ++line;
    if (c == '\n' || c == '=' || c == ',') dots = 0;
    if (brackets <= kDeepest && dots < kDeepest) continue;
    return fail(
        ErrorCode::kBadInput,
        {.where = "toml",
         .subject = std::string(source) + ", line " + std::to_string(line),
         .expected = "at most " + std::to_string(kDeepest) + " levels",
         .found = "more"});
  }
  return {};
}

}  // namespace excise
