#include "experiment/common/token_selection.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "intervention/positions.h"
#include "model/tokenizer/token_pattern.h"

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

}  // namespace

Status check_selection(const TokenSelection& selection) {
  EXCISE_TRY(Positions::parse(selection.positions));
  if (!selection.pattern.empty()) {
    EXCISE_TRY(TokenPattern::compile(selection.pattern));
  }
  return {};
}

Result<std::vector<uint8_t>> select_tokens(
    const TokenSelection& selection, std::span<const std::string> pieces) {
  const size_t tokens = pieces.size();
  const Positions positions = EXCISE_TRY(Positions::parse(selection.positions));
  if (const auto beyond = positions.beyond(tokens)) {
    return refused("position " + std::to_string(*beyond),
                   "0 to " + std::to_string(tokens - 1) + " for this text", "");
  }
  std::vector<uint8_t> edited(tokens);
  for (size_t t = 0; t < tokens; ++t) edited[t] = positions.contains(t) ? 1 : 0;
  if (!selection.pattern.empty()) {
    const TokenPattern pattern =
        EXCISE_TRY(TokenPattern::compile(selection.pattern));
    for (size_t t = 0; t < tokens; ++t) {
      if (!EXCISE_TRY(pattern.matches(pieces[t]))) edited[t] = 0;
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
