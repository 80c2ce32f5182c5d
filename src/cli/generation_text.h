// Continuations for people.
#ifndef EXCISE_CLI_GENERATION_TEXT_H_
#define EXCISE_CLI_GENERATION_TEXT_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.h"
#include "edit/edit.h"
#include "edit/generation.h"
#include "model/model.h"

namespace excise {

// Lines of at most `width` characters (code points), broken at spaces, at
// newlines, or where a word is longer.
std::vector<std::string> lines_of(std::string_view text, size_t width);

struct TextColumn {
  std::string title, text;
};

// Texts in columns of equal width under their titles, a line each ended by a
// newline; as wide as the terminal together.
std::string side_by_side(std::span<const TextColumn> columns,
                         const Terminal& terminal);

// What people read of tokens: their text, or ids where there is no tokenizer.
std::string shown_text(const Model& model, std::span<const int> ids);

// Clean and edited side by side, and where they part.
std::string compared_text(const Model& model, const Continuation& clean,
                          const Continuation& edited, const Terminal& terminal);

// "removed diff-means at blocks.0.mlp.hook_pre x 2; ..."
std::string edit_text(std::span<const Edit> edits);

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
