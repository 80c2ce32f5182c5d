#include "io/table_text.h"

#include <algorithm>
#include <optional>

namespace excise {
namespace {

// The length of a field in quotes at the beginning of `text`, where a
// separator, the end of the line or of the text follows; its content goes to
// `out`.
std::optional<size_t> quoted_field(std::string_view text, char separator,
                                   std::string& out) {
  out.clear();
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '"') {
      out += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '"') {
      out += '"';
      ++i;
      continue;
    }
    const std::string_view rest = text.substr(i + 1);
    if (rest.empty() || rest.front() == separator || rest.front() == '\n' ||
        rest.starts_with("\r\n")) {
      return i + 1;
    }
    return std::nullopt;
  }
  return std::nullopt;
}

char separator_of(std::string_view line) {
  for (const char separator : {'\t', ',', ';'}) {
    if (line.find(separator) != std::string_view::npos) return separator;
  }
  return '\t';
}

}  // namespace

std::vector<TableRow> table_rows(std::string_view text, Comments comments) {
  std::vector<TableRow> rows;
  std::optional<char> separator;
  size_t line = 1;
  while (!text.empty()) {
    std::string_view first = text.substr(0, text.find('\n'));
    const size_t whole = std::min(first.size() + 1, text.size());
    if (first.ends_with('\r')) first.remove_suffix(1);
    if (first.empty() ||
        (comments == Comments::kHash && first.starts_with('#'))) {
      text.remove_prefix(whole);
      ++line;
      continue;
    }
    if (!separator) separator = separator_of(first);
    TableRow row{line, {}};
    for (bool more = true; more;) {
      std::string field;
      const auto quoted = text.starts_with('"')
                              ? quoted_field(text, *separator, field)
                              : std::nullopt;
      const size_t length =
          quoted ? *quoted
                 : std::min(text.find_first_of(std::string{*separator, '\n'}),
                            text.size());
      if (!quoted) field = text.substr(0, length);
      line +=
          static_cast<size_t>(std::ranges::count(text.substr(0, length), '\n'));
      text.remove_prefix(length);
      if (text.starts_with("\r\n")) text.remove_prefix(1);
      more = text.starts_with(*separator);
      if (!quoted && !more && field.ends_with('\r')) field.pop_back();
      row.fields.push_back(std::move(field));
      if (!text.empty()) text.remove_prefix(1);
    }
    ++line;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace excise
