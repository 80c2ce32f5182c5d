// A median replacement in plain words.
#ifndef EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SUMMARY_H_
#define EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SUMMARY_H_

#include <string>

#include "experiment/median/median.h"
#include "model/model.h"

namespace excise {

// One paragraph: the target without an edit, the layer and share that cost it
// most, how many others do, and how many more than random neurons.
std::string median_summary(const Model& model, const MedianResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SUMMARY_H_
