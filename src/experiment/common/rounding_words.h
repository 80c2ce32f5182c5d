// What bfloat16 products of differences changed, in words.
#ifndef EXCISE_EXPERIMENT_COMMON_ROUNDING_WORDS_H_
#define EXCISE_EXPERIMENT_COMMON_ROUNDING_WORDS_H_

#include <span>
#include <string>

#include "run/rounding_check.h"

namespace excise {

// "Products of differences were rounded to bfloat16, which changes ... by at
// most 0.44 % ... at the two layers looked at (0, 6); ...". "" of none.
std::string rounding_words(std::span<const RoundingError> errors,
                           CheckRounding check);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_ROUNDING_WORDS_H_
