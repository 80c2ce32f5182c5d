#include "experiment/concept/marked_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/utf8.h"

namespace excise {
namespace {

constexpr std::string_view kOpen = "[[";
constexpr std::string_view kClose = "]]";

tl::unexpected<Error> bad_marks(std::string_view text, std::string found) {
  return fail(ErrorCode::kBadInput,
              {.where = "concept",
               .subject = fmt::format("text \"{}\"", beginning(text, 40)),
               .expected = "spans such as [[her]]",
               .found = std::move(found)});
}

}  // namespace

Result<MarkedText> parse_marked_text(std::string_view text) {
  MarkedText marked;
  for (std::string_view rest = text;;) {
    const size_t open = rest.find(kOpen);
    const std::string_view before = rest.substr(0, open);
    if (before.find(kClose) != std::string_view::npos) {
      return bad_marks(text, "a ]] without [[");
    }
    marked.plain += before;
    if (open == std::string_view::npos) return marked;
    rest.remove_prefix(open + kOpen.size());
    const size_t close = rest.find(kClose);
    const std::string_view inside = rest.substr(0, close);
    if (close == std::string_view::npos) {
      return bad_marks(text, "a [[ without ]]");
    }
    if (inside.find(kOpen) != std::string_view::npos) {
      return bad_marks(text, "a [[ inside a span");
    }
    if (inside.find_first_not_of(' ') == std::string_view::npos) {
      return bad_marks(text, "an empty span");
    }
    const size_t begin = marked.plain.size();
    marked.plain += inside;
    marked.spans.push_back({begin, marked.plain.size()});
    rest.remove_prefix(close + kClose.size());
  }
}

Result<std::vector<bool>> tokens_in_spans(const Model& model,
                                          const MarkedText& text,
                                          std::span<const int> ids) {
  const std::vector<PlacedToken> tokens =
      EXCISE_TRY(model.tokenizer->encode_with_places(text.plain));
  std::vector<bool> in_span;
  for (size_t t = 0; t < ids.size(); ++t) {
    const PlacedToken& token = tokens.at(t);
    const size_t begin = token.begin;
    const size_t end = token.end;
    const std::string_view bytes =
        std::string_view(text.plain).substr(begin, end - begin);
    // A token of blanks alone counts by its blanks.
    const size_t blanks = bytes.find_first_not_of(' ');
    const size_t first = begin + (blanks == std::string::npos ? 0 : blanks);
    in_span.push_back(
        std::ranges::any_of(text.spans, [&](const MarkedText::Span& span) {
          return first < span.end && end > span.begin;
        }));
  }
  return in_span;
}

}  // namespace excise
