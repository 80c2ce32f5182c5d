// What a sweep says of its layers with an effect beyond t: whether a test that
// allows for dependent tokens agrees, and where one token has most of the sum.
#ifndef EXCISE_EXPERIMENT_SWEEP_SECOND_OPINION_TEXT_H_
#define EXCISE_EXPERIMENT_SWEEP_SECOND_OPINION_TEXT_H_

#include <string>
#include <vector>

#include "experiment/sweep/summary.h"

namespace excise {

// Of the preset's layers_hurt and layers_helped, two parts: how many the second
// opinion confirms, and how many it does not; then, only where there are such,
// the layers where one token has more than kMuchOfTheSum. None where no layer
// has an effect.
std::vector<std::string> second_opinion_words(const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SECOND_OPINION_TEXT_H_
