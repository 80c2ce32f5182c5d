#include "experiment/common/number_lists.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>

#include "core/backward_range.h"
#include "core/trimmed.h"
#include "io/utf8.h"

namespace excise {
namespace {

constexpr size_t kMostNumbers = 4096;

struct Range {
  size_t first = 0;
  size_t last = 0;
};

std::optional<size_t> parse_number(std::string_view text) {
  size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// "3" or "0-11".
std::optional<Range> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_number(trimmed(text.substr(0, dash)));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return Range{*first, *first};
  const auto last = parse_number(trimmed(text.substr(dash + 1)));
  if (!last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

// The ranges between commas; nothing when one is malformed.
std::optional<std::vector<Range>> parse_ranges(std::string_view text) {
  std::vector<Range> ranges;
  while (true) {
    const auto comma = text.find(',');
    const auto range = parse_range(trimmed(text.substr(0, comma)));
    if (!range) return std::nullopt;
    ranges.push_back(*range);
    if (comma == std::string_view::npos) return ranges;
    text.remove_prefix(comma + 1);
  }
}

// Whether a number of the list has a sign.
bool has_negative(std::string_view list) {
  char before = ',';
  for (const char c : list) {
    if (c == ' ') continue;
    if (c == '-' && (before == ',' || before == '-')) return true;
    before = c;
  }
  return false;
}

}  // namespace

Result<std::vector<size_t>> parse_layers(std::string_view text,
                                         size_t n_layers) {
  constexpr const char* kHint = "--layers takes e.g. all, 0-11 or 3,5";
  const std::string last = std::to_string(n_layers - 1);
  const auto ranges = trimmed(text) == "all" && n_layers > 0
                          ? std::vector<Range>{{0, n_layers - 1}}
                          : parse_ranges(text);
  if (!ranges) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "sweep",
         .subject = "layers",
         .expected = "a list of layers",
         .found = "\"" + std::string(text) + "\"" + backward_range(text),
         .hint = has_negative(text) ? "layers count from 0, "
                                      "never from the end; the "
                                      "last is " +
                                          last
                                    : kHint});
  }
  std::set<size_t> layers;
  for (const Range& range : *ranges) {
    if (range.last >= n_layers) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "layer " + std::to_string(range.last),
                   .expected = "0 to " + last + " for this model",
                   .hint = kHint});
    }
    for (size_t l = range.first; l <= range.last; ++l) {
      if (layers.insert(l).second) continue;
      return fail(ErrorCode::kBadInput, {.where = "sweep",
                                         .subject = "layers",
                                         .expected = "each layer once",
                                         .found = std::to_string(l) + " twice",
                                         .hint = kHint});
    }
  }
  return std::vector<size_t>(layers.begin(), layers.end());
}

Result<std::vector<std::vector<size_t>>> parse_layer_sets(std::string_view text,
                                                          size_t n_layers) {
  std::vector<std::vector<size_t>> sets;
  while (!text.empty()) {
    const auto end = text.find(';');
    const std::string_view one = text.substr(0, end);
    sets.push_back(EXCISE_TRY(parse_layers(one, n_layers)));
    if (sets.back().size() < 2) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "layers edited together",
                   .expected = "at least two",
                   .found = "\"" + std::string(one) + "\"",
                   .hint = "--together takes e.g. all, 0-3 or 0-3;8,9"});
    }
    if (std::ranges::count(sets, sets.back()) > 1) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "layers edited together",
                   .expected = "each set once",
                   .found = "\"" + std::string(one) + "\" again"});
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return sets;
}

Result<std::vector<size_t>> parse_numbers(std::string_view text,
                                          std::string_view option) {
  std::vector<size_t> numbers;
  const auto ranges = parse_ranges(text);
  bool too_many = false;
  for (const Range& range : ranges.value_or(std::vector<Range>())) {
    too_many = range.last - range.first >= kMostNumbers - numbers.size();
    if (too_many) break;
    for (size_t i = range.first; i <= range.last; ++i) numbers.push_back(i);
  }
  if (!ranges || too_many) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "spec",
         .subject = std::string(option),
         .expected =
             too_many ? "at most " + std::to_string(kMostNumbers) + " numbers"
                      : "numbers such as 0 or 0,2 or 0-3",
         .found = "\"" + std::string(text) + "\"" + backward_range(text)});
  }
  std::vector<size_t> sorted = numbers;
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice != sorted.end()) {
    return fail(ErrorCode::kBadInput,
                {.where = "spec",
                 .subject = std::string(option),
                 .expected = "each number once",
                 .found = std::to_string(*twice) + " twice"});
  }
  return numbers;
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
