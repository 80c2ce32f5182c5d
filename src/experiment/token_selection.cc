#include "experiment/token_selection.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace excise {
namespace {

tl::unexpected<Error> refused(std::string subject, std::string expected,
                              std::string found, std::string hint = "") {
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

struct Range {
  size_t first = 0;
  std::optional<size_t> last;  // absent: to the end
};

std::optional<size_t> parse_number(std::string_view text) {
  size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// "3", "3-9" or "3-".
std::optional<Range> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_number(text.substr(0, dash));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return Range{*first, first};
  if (dash + 1 == text.size()) return Range{*first, std::nullopt};
  const auto last = parse_number(text.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  return Range{*first, last};
}

Result<std::vector<Range>> parse_positions(std::string_view text) {
  if (text == "all") return std::vector<Range>{{0, std::nullopt}};
  std::vector<Range> ranges;
  std::string_view rest = text;
  while (true) {
    const auto comma = rest.find(',');
    const auto range = parse_range(rest.substr(0, comma));
    if (!range) {
      return refused("positions", "all, 1- or 0,5-9",
                     "\"" + std::string(text) + "\"");
    }
    ranges.push_back(*range);
    if (comma == std::string_view::npos) return ranges;
    rest.remove_prefix(comma + 1);
  }
}

struct CodeFree {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct MatchDataFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
using Code = std::unique_ptr<pcre2_code, CodeFree>;

PCRE2_SPTR code_units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

// A token may hold part of a character, so invalid UTF-8 only fails to match.
Result<Code> compile(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(code_units(pattern), pattern.size(),
                          PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error, &offset,
                          nullptr));
  if (code) return code;
  std::array<PCRE2_UCHAR, 256> message{};
  pcre2_get_error_message(error, message.data(), message.size());
  return refused("token pattern", "a regular expression",
                 "\"" + std::string(pattern) + "\"",
                 std::string(reinterpret_cast<const char*>(message.data())) +
                     " at byte " + std::to_string(offset));
}

bool matches(const Code& code, pcre2_match_data* data, std::string_view text) {
  return pcre2_match(code.get(), code_units(text), text.size(), 0, 0, data,
                     nullptr) >= 0;
}

}  // namespace

Status check_selection(const TokenSelection& selection) {
  EXCISE_TRY(parse_positions(selection.positions));
  if (!selection.pattern.empty()) EXCISE_TRY(compile(selection.pattern));
  return {};
}

Result<std::vector<uint8_t>> select_tokens(
    const TokenSelection& selection, std::span<const std::string> pieces) {
  const size_t tokens = pieces.size();
  std::vector<uint8_t> edited(tokens, 0);
  for (const Range& range : EXCISE_TRY(parse_positions(selection.positions))) {
    const size_t last = range.last.value_or(tokens - 1);
    if (std::max(range.first, last) >= tokens) {
      return refused("position " + std::to_string(std::max(range.first, last)),
                     "0 to " + std::to_string(tokens - 1) + " for this text",
                     "");
    }
    std::fill(edited.begin() + static_cast<ptrdiff_t>(range.first),
              edited.begin() + static_cast<ptrdiff_t>(last) + 1, uint8_t{1});
  }
  if (!selection.pattern.empty()) {
    const Code code = EXCISE_TRY(compile(selection.pattern));
    const std::unique_ptr<pcre2_match_data, MatchDataFree> data(
        pcre2_match_data_create_from_pattern(code.get(), nullptr));
    for (size_t t = 0; t < tokens; ++t) {
      if (!matches(code, data.get(), pieces[t])) edited[t] = 0;
    }
  }
  if (std::ranges::find(edited, uint8_t{1}) == edited.end()) {
    return refused("tokens to edit", "at least one", "none of this text",
                   "a token's text begins with its space; excise tokenize "
                   "shows them");
  }
  return edited;
}

std::vector<size_t> reached_tokens(std::span<const uint8_t> edited) {
  std::vector<size_t> reached;
  bool before = false;
  for (size_t t = 0; t < edited.size(); ++t) {
    if (before) reached.push_back(t);
    before = before || edited[t] != 0;
  }
  return reached;
}

std::vector<double> chosen(std::span<const double> values,
                           std::span<const size_t> positions) {
  std::vector<double> out;
  out.reserve(positions.size());
  for (const size_t position : positions) out.push_back(values[position]);
  return out;
}

}  // namespace excise
