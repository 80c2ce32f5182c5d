// random: a null. Seeded random orthonormal directions of the row space of
// A - mean; codes (a - mean) v.
#ifndef EXCISE_INTERVENTION_BASES_RANDOM_BASIS_H_
#define EXCISE_INTERVENTION_BASES_RANDOM_BASIS_H_

#include "intervention/bases/fit_input.h"

namespace excise {

// 16 components by itself, or as many as the rank. Errors: bad_input for more
// components than the rank.
FittedBasis fit_random(const FitInput& input);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_RANDOM_BASIS_H_
