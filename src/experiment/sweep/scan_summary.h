// What a scan over components found at each layer.
#ifndef EXCISE_EXPERIMENT_SWEEP_SCAN_SUMMARY_H_
#define EXCISE_EXPERIMENT_SWEEP_SCAN_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "core/error.h"
#include "experiment/common/mean_test.h"
#include "experiment/sweep/second_opinion.h"
#include "experiment/sweep/sweep.h"

namespace excise {

// One step at one layer.
struct ScanStep {
  std::vector<size_t> components;
  double share = 0;      // %
  MeanTest effect;       // as default_n; q over layers and steps
  SecondOpinion second;  // q likewise
};

struct ScanSummary {
  std::vector<ScanStep> steps;
  // Over the components, share of variance against mean effect; of kEach only.
  std::optional<ShareVersusT> share_vs_effect;
};

// findings: of one layer; result: for the scan and the tokens to test.
Result<ScanSummary> summarize_scan(const SweepResult& result,
                                   const LayerFindings& findings);

// Sets the q of every step of every layer, as of one family.
Status adjust_scan(const std::vector<ScanSummary*>& layers);

// Index of the step with the largest mean effect, where one has a mean.
std::optional<size_t> worst_step(const ScanSummary& scan);
// Whether the first step hurts, and more than every other one.
bool first_is_worst(const ScanSummary& scan);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SCAN_SUMMARY_H_
