// Continuations for people.
#ifndef EXCISE_CLI_GENERATION_TEXT_H_
#define EXCISE_CLI_GENERATION_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.h"
#include "experiment/generation.h"

namespace excise {

// Lines of at most `width` characters (code points), broken at spaces, at
// newlines, or where a word is longer.
std::vector<std::string> lines_of(std::string_view text, size_t width);

// Two texts in columns under their titles, a line each ended by a newline.
// width: of both together.
std::string side_by_side(std::string_view left_title, std::string_view left,
                         std::string_view right_title, std::string_view right,
                         const Terminal& terminal);

// Where two continuations part: `The same for 5 tokens; then clean " man",
// edited " door".`
std::string where_they_part(const Continuation& clean,
                            const Continuation& edited,
                            std::string_view clean_piece,
                            std::string_view edited_piece);

// The first token that differs; the shorter length where none does.
size_t common_tokens(const Continuation& clean, const Continuation& edited);

// Mean of the log-probabilities, nats; NaN for none.
double mean_logprob(const Continuation& continuation);

// Why it ended: "after --max-tokens", "at the end of the text", ...
std::string_view stop_text(StopReason reason);

}  // namespace excise

#endif  // EXCISE_CLI_GENERATION_TEXT_H_
