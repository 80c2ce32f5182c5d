// Texts with marked spans: `They asked [[her]] to sing.`
#ifndef EXCISE_EXPERIMENT_CONCEPT_MARKED_TEXT_H_
#define EXCISE_EXPERIMENT_CONCEPT_MARKED_TEXT_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/model.h"

namespace excise {

struct MarkedText {
  struct Span {
    size_t begin = 0, end = 0;  // bytes of `plain`
  };
  std::string plain;  // without the marks
  std::vector<Span> spans;
};

// Error bad_input for a [[ inside a span, a ]] outside one, a span that is
// empty or does not end.
Result<MarkedText> parse_marked_text(std::string_view text);

// [ids] whether a byte of the token other than a blank lies in a span. ids:
// those of text.plain. Errors: those of Tokenizer::encode.
Result<std::vector<bool>> tokens_in_spans(const Model& model,
                                          const MarkedText& text,
                                          std::span<const int> ids);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_MARKED_TEXT_H_
