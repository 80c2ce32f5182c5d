#include "experiment/control_summary.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "math/statistics/one_sample_t.h"

namespace excise {
namespace {

void stand(std::optional<double> removal_mean, ControlSummary& summary) {
  const auto finite = [](double mean) { return std::isfinite(mean); };
  if (!removal_mean || summary.mean.empty() ||
      !std::ranges::all_of(summary.mean, finite)) {
    return;
  }
  double below = 0;
  double reached = 0;
  for (const double mean : summary.mean) {
    below += mean < *removal_mean ? 1 : mean == *removal_mean ? 0.5 : 0;
    reached += mean >= *removal_mean ? 1 : 0;
  }
  const auto repeats = static_cast<double>(summary.repeats());
  summary.p = (reached + 1) / (repeats + 1);
  summary.percentile = 100 * below / repeats;
}

}  // namespace

Result<std::vector<ControlSummary>> summarize_controls(
    const std::vector<ControlFindings>& controls,
    std::span<const size_t> tested, std::optional<double> removal_mean) {
  std::vector<ControlSummary> summaries;
  for (const ControlFindings& findings : controls) {
    ControlSummary summary;
    summary.control = findings.control;
    for (const std::vector<double>& d : findings.delta_logprob) {
      const std::vector<double> predicted = chosen(d, tested);
      const bool finite = std::ranges::all_of(
          predicted, [](double value) { return std::isfinite(value); });
      if (!finite || predicted.empty()) {
        summary.mean.push_back(std::numeric_limits<double>::quiet_NaN());
        summary.t.emplace_back();
        continue;
      }
      const OneSampleT test = EXCISE_TRY(one_sample_t(predicted));
      summary.mean.push_back(*test.mean);
      summary.t.push_back(test.t);
    }
    stand(removal_mean, summary);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace excise
