// Which tokens of a text an experiment edits, and which it can then test.
#ifndef EXCISE_EXPERIMENT_COMMON_TOKEN_SELECTION_H_
#define EXCISE_EXPERIMENT_COMMON_TOKEN_SELECTION_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

// Tokens to edit: those at `positions` whose text matches `pattern`.
struct TokenSelection {
  std::string positions = "all";  // "all", "0,5-9" or "1-" (to the end)
  std::string pattern;            // Perl-compatible; empty: any text
  bool operator==(const TokenSelection&) const = default;

  bool all() const { return positions == "all" && pattern.empty(); }
};

// Refuses what no text could satisfy. Errors: bad_input.
Status check_selection(const TokenSelection& selection);

// [tokens] 1 where a token is edited. pieces: the bytes of each token, for the
// pattern. Errors: bad_input for a position beyond the text, a pattern that
// does not compile, and where no token is left.
Result<std::vector<uint8_t>> select_tokens(const TokenSelection& selection,
                                           std::span<const std::string> pieces);

// Ascending positions whose prediction an edit can reach: those behind the
// first edited token, and never token 0. Elsewhere the effect is 0 by
// construction.
std::vector<size_t> reached_tokens(std::span<const uint8_t> edited);

// The values at these positions.
std::vector<double> chosen(std::span<const double> values,
                           std::span<const size_t> positions);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_TOKEN_SELECTION_H_
