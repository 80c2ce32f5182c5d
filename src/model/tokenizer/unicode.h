// Unicode's normal forms (https://www.unicode.org/reports/tr15/) and lower
// case, of texts that remember where they come from.
#ifndef EXCISE_MODEL_TOKENIZER_UNICODE_H_
#define EXCISE_MODEL_TOKENIZER_UNICODE_H_

#include "model/tokenizer/aligned_text.h"

namespace excise {

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

// Unicode's White_Space.
bool is_space(char32_t c);

// text: valid UTF-8, here and below.
AlignedText normal_form(const AlignedText& text, NormalForm form);
// Each code point by itself, whatever stands around it.
AlignedText lower_case(const AlignedText& text);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_UNICODE_H_
