// ged: what separates two classes of tokens by variance. Generalised
// eigenvectors maximise w^T S w / w^T R w, S and R the covariances of class 0
// and class 1. Codes a w, atoms S w / (w^T S w).
#ifndef EXCISE_INTERVENTION_BASES_GED_H_
#define EXCISE_INTERVENTION_BASES_GED_H_

#include "intervention/bases/fit_input.h"

namespace excise {

// One component by itself, the largest eigenvalue; of several, ordered by the
// energy ||codes|| ||atom|| over the tokens of both classes. Covariances have
// n - 1 in the denominator; R is shrunk, by 0.01 unless told otherwise. Errors:
// those of class_sizes() and generalized_eigen().
FittedBasis fit_ged(const FitInput& input);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_GED_H_
