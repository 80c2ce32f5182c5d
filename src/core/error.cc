#include "core/error.h"

#include <algorithm>
#include <numeric>

namespace excise {
namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

std::string lower(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](char c) { return lower(c); });
  return text;
}

// A word of letters, digits, what names are joined with and the star of hooks;
// it begins with a letter, so no number and no option.
bool is_name(std::string_view text) {
  const auto letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
  const auto allowed = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '*';
  };
  return !text.empty() && letter(text.front()) &&
         std::ranges::all_of(text, allowed);
}

// The names of "a, b or c" and "one of a, b, c"; none where a part is no name.
std::vector<std::string> listed_names(std::string_view list) {
  constexpr std::string_view kOneOf = "one of ";
  if (list.starts_with(kOneOf)) list.remove_prefix(kOneOf.size());
  std::vector<std::string> names;
  while (!list.empty()) {
    size_t end = list.size(), next = list.size();
    for (const std::string_view between : {", or ", " or ", ", "}) {
      const size_t at = list.find(between);
      if (at < end) end = at, next = at + between.size();
    }
    names.emplace_back(list.substr(0, end));
    if (!is_name(names.back())) return {};
    list.remove_prefix(next);
  }
  return names.size() > 1 ? names : std::vector<std::string>();
}

// "did you mean pca?", or nothing.
std::string near_hint(const ErrorText& text) {
  std::string_view found = text.found;
  if (found.size() > 1 && found.front() == '"' && found.back() == '"')
    found = found.substr(1, found.size() - 2);
  // What messages say of a value that is not there.
  if (!is_name(found) || found == "none" || found == "nothing") return "";
  const auto near = near_names(found, listed_names(text.expected));
  return near.empty() ? "" : "did you mean " + near.front() + "?";
}

}  // namespace

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadInput:
      return "bad_input";
    case ErrorCode::kBadFile:
      return "bad_file";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kOutOfMemory:
      return "out_of_memory";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kInterrupted:
      return "interrupted";
  }
  return "internal";
}

Error make_error(ErrorCode code, const ErrorText& text) {
  std::string message = "[" + std::string(text.where) + "] " +
                        (text.subject.empty() ? "\"\"" : text.subject);
  if (!text.expected.empty()) message += ": expected " + text.expected;
  if (!text.found.empty()) {
    message += (text.expected.empty() ? ": got " : ", got ") + text.found;
  }
  std::string hint = text.hint;
  if (code == ErrorCode::kBadInput &&
      hint.find("did you mean") == std::string::npos) {
    const std::string near = near_hint(text);
    if (!near.empty()) hint = near + (hint.empty() ? "" : " ") + hint;
  }
  if (!hint.empty()) message += "; " + hint;
  return {code, std::move(message)};
}

std::vector<std::string> near_names(std::string_view name,
                                    const std::vector<std::string>& known) {
  // Hostile names are as long as they like; nobody mistypes 200 characters into
  // a known one.
  constexpr size_t kLongestName = 200;
  if (name.size() > kLongestName) return {};
  std::vector<std::pair<size_t, std::string>> ranked;
  const std::string typed = lower(name);
  for (const std::string& candidate : known) {
    const std::string one = lower(candidate);
    constexpr size_t kBeginning = 3;
    const bool begins = typed.size() >= kBeginning && one.starts_with(typed);
    const size_t edits = edit_distance(typed, one);
    const size_t distance = begins ? std::min<size_t>(1, edits) : edits;
    if (distance <= std::max<size_t>(2, candidate.size() / 3)) {
      ranked.emplace_back(distance, candidate);
    }
  }
  std::stable_sort(
      ranked.begin(), ranked.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& [distance, candidate] : ranked) {
    if (names.size() == 3) break;
    names.push_back(std::move(candidate));
  }
  return names;
}

}  // namespace excise
