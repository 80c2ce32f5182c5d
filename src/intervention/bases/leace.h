// leace: erases what a linear classifier could tell the classes by, and changes
// the activations as little as that allows. Belrose et al. 2023,
// https://arxiv.org/abs/2306.03819
#ifndef EXCISE_INTERVENTION_BASES_LEACE_H_
#define EXCISE_INTERVENTION_BASES_LEACE_H_

#include "intervention/bases/fit_input.h"

namespace excise {

// W = Sigma^{-1/2}, U the left singular vectors of W Sigma_xz, z one-hot; codes
// (a - mean) W^T U, atoms U^T (W^+)^T: at most classes - 1 components. With
// fewer tokens than neurons W exists on the span of the tokens only and is
// computed from their thin SVD, without anything of size neurons^2. shrinkage
// changes Sigma, and with it how much else is changed; the classes' covariance
// is erased all the same. With no more tokens than neurons the basis has a
// note: the covariance is singular. Errors: those of class_sizes(), bad_input
// for classes of equal means.
FittedBasis fit_leace(const FitInput& input);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_LEACE_H_
