// What is said of random draws that are too few, when they are asked for.
#ifndef EXCISE_EXPERIMENT_COMMON_FEW_DRAWS_H_
#define EXCISE_EXPERIMENT_COMMON_FEW_DRAWS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "math/statistics/empirical_p.h"

namespace excise {

// A line where so many draws (above 0) cannot give a p below kSignificance, as
// verdicts need it; "" where they can. asked: "random-rank=5", "--random 5".
std::string few_draws_note(std::string_view asked, size_t draws, Tail tail);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_FEW_DRAWS_H_
