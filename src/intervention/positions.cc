#include "intervention/positions.h"

#include <algorithm>
#include <charconv>

#include "core/backward_range.h"
#include "core/trimmed.h"
#include "io/utf8.h"

namespace excise {
namespace {

std::optional<size_t> number(std::string_view text) {
  size_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

tl::unexpected<Error> not_positions(std::string_view found) {
  return fail(ErrorCode::kBadInput,
              {.where = "edit",
               .subject = "positions",
               .expected = "all, or positions and ranges such as 0, 1- or "
                           "2-5,7",
               .found = "\"" + std::string(beginning(found, 40)) + "\"" +
                        backward_range(found)});
}

}  // namespace

Result<Positions> Positions::parse(std::string_view text) {
  Positions positions;
  if (text == "all") return positions;
  for (std::string_view rest = text;;) {
    const size_t comma = rest.find(',');
    const std::string_view word = trimmed(rest.substr(0, comma));
    const size_t dash = word.find('-');
    const auto first = number(trimmed(word.substr(0, dash)));
    if (!first) return not_positions(text);
    Range range{*first, first};
    if (dash != std::string_view::npos) {
      const std::string_view end = trimmed(word.substr(dash + 1));
      range.last = number(end);
      if (!end.empty() && (!range.last || *range.last < *first)) {
        return not_positions(text);
      }
    }
    positions.ranges_.push_back(range);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  auto sorted = positions.ranges_;
  std::ranges::sort(sorted, {}, &Range::first);
  for (size_t i = 1; i < sorted.size(); ++i) {
    const auto& before = sorted[i - 1].last;
    if (before && *before < sorted[i].first) continue;
    return fail(ErrorCode::kBadInput,
                {.where = "edit",
                 .subject = "positions",
                 .expected = "each position once",
                 .found = std::to_string(sorted[i].first) + " twice"});
  }
  return positions;
}

bool Positions::contains(size_t position) const {
  return all() ||
         std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
           return position >= range.first &&
                  (!range.last || position <= *range.last);
         });
}

std::optional<size_t> Positions::beyond(size_t tokens) const {
  for (const Range& range : ranges_) {
    const size_t last = range.last.value_or(range.first);
    if (last >= tokens) return last;
  }
  return std::nullopt;
}

std::string Positions::text() const {
  if (all()) return "all";
  std::string out;
  for (const Range& range : ranges_) {
    if (!out.empty()) out += ",";
    out += std::to_string(range.first);
    if (!range.last) {
      out += "-";
    } else if (*range.last != range.first) {
      out += "-" + std::to_string(*range.last);
    }
  }
  return out;
}

}  // namespace excise
