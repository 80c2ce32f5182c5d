// Which layer and strength a concept is switched at.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_CHOICE_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_CHOICE_H_

#include <span>

#include "experiment/concept/concept_run.h"

namespace excise {

// The wanted change of own words is this times their change: 1 for off, which
// makes them less likely, -1 for on.
double wanted_sign(ConceptSwitch way);

// Of the cells that switch this way, by the choosing texts alone: the strongest
// wanted change of own words among those whose control text changes by at most
// max_damage (nats a token, MeanInterval::most_change). Where none does, the
// cell of the least; where that is known of none, the strongest. Of equals the
// first. Cells whose own words have no number lose to all others.
ConceptChoice choose_cell(std::span<const LayerConcept> layers,
                          ConceptSwitch way, double max_damage);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_CHOICE_H_
