// Where a removal stands among its controls (docs/method.md, section 5).
#ifndef EXCISE_EXPERIMENT_CONTROL_SUMMARY_H_
#define EXCISE_EXPERIMENT_CONTROL_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "experiment/sweep.h"
#include "intervention/controls.h"

namespace excise {

// The repeats of one control at one layer against the removal.
struct ControlSummary {
  Control control = Control::kRandomRank;
  std::vector<double> mean;  // [repeats] effect in nats, as default_n has it
  std::vector<std::optional<double>> t;  // [repeats]
  // (b + 1) / (repeats + 1), b the repeats whose mean effect is at least that
  // of the removal; absent where an effect is not finite.
  std::optional<double> p;
  // % of the repeats with a smaller mean effect; ties count half.
  std::optional<double> percentile;

  size_t repeats() const { return mean.size(); }
};

// tested: the positions whose effects count; removal_mean: the mean effect of
// the removal there, where there is one.
Result<std::vector<ControlSummary>> summarize_controls(
    const std::vector<ControlFindings>& controls,
    std::span<const size_t> tested, std::optional<double> removal_mean);

// At how many layers the removal is beyond its controls.
struct ControlHeadline {
  Control control = Control::kRandomRank;
  size_t repeats = 0;
  std::vector<size_t> layers_beyond;  // p below kSignificance
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONTROL_SUMMARY_H_
