// neurons: component j is neuron j as it is; codes a[:, j], atoms one-hot.
#ifndef EXCISE_INTERVENTION_BASES_NEURONS_H_
#define EXCISE_INTERVENTION_BASES_NEURONS_H_

#include "intervention/bases/fit_input.h"

namespace excise {

// Needs nothing but the number of neurons.
FittedBasis fit_neurons(const FitInput& input);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_NEURONS_H_
