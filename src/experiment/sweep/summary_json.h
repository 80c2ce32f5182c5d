// What the tests of a sweep say, as its result files have it (docs/formats.md).
#ifndef EXCISE_EXPERIMENT_SWEEP_SUMMARY_JSON_H_
#define EXCISE_EXPERIMENT_SWEEP_SUMMARY_JSON_H_

#include <vector>

#include "experiment/common/json_values.h"
#include "experiment/sweep/summary.h"

namespace excise {

Json mean_test(const MeanTest& test);
Json share_versus_t(const ShareVersusT& r);
Json layer_json(const LayerSummary& layer);
Json together_json(const Spec& spec,
                   const std::vector<TogetherSummary>& together);
Json headline_json(const Headline& headline);
Json scan_headline_json(const Scan& scan, const Headline& headline);
Json warnings_json(const std::vector<Warning>& warnings);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SUMMARY_JSON_H_
