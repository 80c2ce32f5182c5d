// A median replacement in plain words.
#ifndef EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SUMMARY_H_
#define EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SUMMARY_H_

#include <string>
#include <vector>

#include "experiment/common/passages.h"
#include "experiment/median/median.h"
#include "model/model.h"

namespace excise {

// Whole sentences about: "target" (what it has without an edit), "worst" (the
// layer and share that cost it most, and the next layer), "signs" (how many
// make it less likely), "random" (beside random neurons).
std::vector<Passage> median_passages(const Model& model,
                                     const MedianResult& result);
// All of them as one paragraph.
std::string median_summary(const Model& model, const MedianResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SUMMARY_H_
