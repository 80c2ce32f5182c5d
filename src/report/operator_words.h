// What a sweep does to the activations, in words and as a formula.
#ifndef EXCISE_REPORT_OPERATOR_WORDS_H_
#define EXCISE_REPORT_OPERATOR_WORDS_H_

#include <string>

#include "report/result_folder.h"
#include "report/text.h"

namespace excise {

// "component 0", "components 0 and 1".
std::string removed_words(const ResultFolder& folder);
// Whether it adds what a class has instead of removing anything.
bool adds_a_class(const ResultFolder& folder);
// " with strength 2"; "" where that is 1.
std::string strength_words(const ResultFolder& folder);
// Its preset, or the basis where that has none.
std::string operator_name(const ResultFolder& folder);
// A paragraph and the formula.
Html operator_html(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_OPERATOR_WORDS_H_
