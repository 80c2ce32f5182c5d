// A t-lesion in plain words.
#ifndef EXCISE_EXPERIMENT_LESION_LESION_SUMMARY_H_
#define EXCISE_EXPERIMENT_LESION_LESION_SUMMARY_H_

#include <string>
#include <vector>

#include "experiment/common/passages.h"
#include "experiment/lesion/lesion.h"

namespace excise {

// Neurons of both groups, % of all neurons of the layer.
double significant_percent(const LayerLesion& layer);
// Over both groups, both words and all tests.
double mean_abs_delta_logit(const LayerLesion& layer);

// Whole sentences about: "neurons" (how many tell the words apart), "size"
// (where the logits change most), "first" and "second" (whether zeroing a
// word's neurons turns the balance of the two words against it: by q, by sign,
// and at the strongest layer), "random" (beside random groups), "places" (where
// they are too few).
std::vector<Passage> lesion_passages(const LesionResult& result);
// All of them as one paragraph.
std::string lesion_summary(const LesionResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_LESION_SUMMARY_H_
