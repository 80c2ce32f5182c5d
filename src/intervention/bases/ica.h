// ica: independent sources. FastICA with symmetric decorrelation and logcosh,
// after whitening to the leading principal components. Hyvärinen 1999,
// https://doi.org/10.1109/72.761722
#ifndef EXCISE_INTERVENTION_BASES_ICA_H_
#define EXCISE_INTERVENTION_BASES_ICA_H_

#include "intervention/bases/fit_input.h"

namespace excise {

// Codes are the sources, of variance 1 (n in the denominator) over the text of
// the fit; atoms the mixing rows, by length, descending. 16 components by
// itself, or one fewer than there are tokens. Two passes over the activations;
// holds [tokens, components]. Stops when 1 - cosine between steps is
// below 1e-14 for every direction, or after 1,000 steps; above 1e-4 then, the
// basis has a note: of Gaussian sources no direction is better than another. So
// it has where a source has no match above |r| = 0.9 in fits from two other
// seeds, which stop after 300 steps or below 1e-8.
// Errors: bad_input for fewer tokens than components, or more components than
// the rank.
FittedBasis fit_ica(const FitInput& input);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_ICA_H_
