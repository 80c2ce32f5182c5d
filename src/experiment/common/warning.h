// What a reader of a result has to know first.
#ifndef EXCISE_EXPERIMENT_COMMON_WARNING_H_
#define EXCISE_EXPERIMENT_COMMON_WARNING_H_

#include <string>

namespace excise {

// What a reader has to know before the numbers.
struct Warning {
  std::string code;  // "repeated_tokens", "basis_fit", "not_finite"
  std::string text;  // a sentence
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_WARNING_H_
