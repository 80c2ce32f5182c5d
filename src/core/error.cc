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
  std::string message = "[" + std::string(text.where) + "] " + text.subject;
  if (!text.expected.empty()) message += ": expected " + text.expected;
  if (!text.found.empty()) {
    message += (text.expected.empty() ? ": got " : ", got ") + text.found;
  }
  if (!text.hint.empty()) message += "; " + text.hint;
  return {code, std::move(message)};
}

std::vector<std::string> near_names(std::string_view name,
                                    const std::vector<std::string>& known) {
  // Hostile names are as long as they like; nobody mistypes 200 characters into
  // a known one.
  constexpr size_t kLongestName = 200;
  if (name.size() > kLongestName) return {};
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const std::string& candidate : known) {
    const size_t distance = edit_distance(name, candidate);
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
