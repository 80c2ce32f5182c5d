// A t-lesion in plain words.
#ifndef EXCISE_EXPERIMENT_LESION_LESION_SUMMARY_H_
#define EXCISE_EXPERIMENT_LESION_LESION_SUMMARY_H_

#include <string>

#include "experiment/lesion/lesion.h"

namespace excise {

// Neurons of both groups, % of all neurons of the layer.
double significant_percent(const LayerLesion& layer);
// Over both groups, both words and all tests.
double mean_abs_delta_logit(const LayerLesion& layer);

// One paragraph: how many neurons tell the words apart, where zeroing them
// costs the own word more than the other, and more than random groups do.
std::string lesion_summary(const LesionResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_LESION_SUMMARY_H_
