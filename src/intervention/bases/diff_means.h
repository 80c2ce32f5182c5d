// diff-means: one component, the unit vector from the mean of class 1 to that
// of class 0; codes (a - mean) v (docs/method.md, section 6).
#ifndef EXCISE_INTERVENTION_BASES_DIFF_MEANS_H_
#define EXCISE_INTERVENTION_BASES_DIFF_MEANS_H_

#include "intervention/bases/fit_input.h"

namespace excise {

// mean: of all tokens of the two classes. Errors: those of class_sizes(),
// bad_input for classes of equal means.
FittedBasis fit_diff_means(const FitInput& input);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_DIFF_MEANS_H_
