// What the layers of a t-lesion say together, counted once: for the summary,
// the result file and the report.
#ifndef EXCISE_EXPERIMENT_LESION_LESION_HEADLINE_H_
#define EXCISE_EXPERIMENT_LESION_LESION_HEADLINE_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "experiment/lesion/lesion.h"

namespace excise {

// Of one group. Layers are numbers, ascending.
struct GroupHeadline {
  size_t zeroed = 0;   // layers whose own loss is a number
  size_t tested = 0;   // layers with a q of the own loss
  size_t changed = 0;  // layers with an own loss other than 0
  // By sign alone: own loss above 0. About half of `changed` would be by
  // chance.
  std::vector<size_t> layers_positive;
  // With q below kSignificance: the own word loses more than the other, or
  // less.
  std::vector<size_t> layers_against, layers_towards;
  // Own loss larger than that of random groups: one-sided p below
  // kSignificance.
  std::vector<size_t> layers_beyond_random;
  size_t compared = 0;              // layers with that p
  std::optional<size_t> strongest;  // index of the largest own loss
};

// The group of the first or of the second word.
GroupHeadline group_headline(const LesionResult& result, bool first);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_LESION_HEADLINE_H_
