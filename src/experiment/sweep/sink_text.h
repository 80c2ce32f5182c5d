// What a sweep says of components that lie on the first token of the text, on
// which the attention of many models rests.
#ifndef EXCISE_EXPERIMENT_SWEEP_SINK_TEXT_H_
#define EXCISE_EXPERIMENT_SWEEP_SINK_TEXT_H_

#include <string>

#include "experiment/sweep/summary.h"

namespace excise {

// "In layer 11, where it hurts, 79 % of component 0 is on the first token ..."
// "" where no such layer has more than half of the removed component there, or
// that token is not edited.
std::string sink_words(const SweepResult& result, const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SINK_TEXT_H_
