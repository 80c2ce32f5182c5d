// first-pc: one component, the first principal component of the differences of
// pairs; codes (a - mean) v (docs/method.md, section 2).
#ifndef EXCISE_INTERVENTION_BASES_FIRST_PC_H_
#define EXCISE_INTERVENTION_BASES_FIRST_PC_H_

#include "intervention/bases/fit_input.h"

namespace excise {

// v: the unit vector of the largest sum over pairs of (d v)^2, d the mean of a
// pair's tokens of class 0 less that of its tokens of class 1. Differences are
// not centred: what they have in common is what is looked for. mean: of all
// tokens of the two classes. Without FitInput::pairs the i-th tokens of both
// classes are a pair. Errors: those of class_sizes(); bad_input for classes of
// different sizes without pairs, fewer than two pairs with both classes, and
// differences that are all 0.
FittedBasis fit_first_pc(const FitInput& input);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_FIRST_PC_H_
