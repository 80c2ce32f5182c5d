#include "experiment/sweep/scan_summary.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "experiment/sweep/effect_tests.h"

namespace excise {
namespace {

// Of the seed; above those of the layers' tests, below those of the controls.
constexpr uint64_t kScanStream = uint64_t{1} << 33;

Result<std::optional<ShareVersusT>> share_versus_effect(
    const SweepResult& result, size_t layer,
    const std::vector<ScanStep>& steps) {
  if (result.spec.scan->mode != ScanMode::kEach) return std::nullopt;
  std::vector<double> shares;
  std::vector<std::optional<double>> means;
  for (const ScanStep& step : steps) {
    shares.push_back(step.share);
    means.push_back(step.effect.mean);
  }
  return EXCISE_TRY(share_versus_t(
      shares, means,
      {.seed = result.spec.seed, .stream = kScanStream + layer}));
}

}  // namespace

Result<ScanSummary> summarize_scan(const SweepResult& result,
                                   const LayerFindings& findings) {
  ScanSummary summary;
  const std::vector<size_t> tested = tested_tokens(result);
  for (size_t step = 0; step < findings.scan.size(); ++step) {
    const ScanFindings& found = findings.scan[step];
    ScanStep& one = summary.steps.emplace_back();
    one.components = result.spec.scan->removed_at(step);
    one.share = found.share;
    const std::vector<double> effects = chosen(found.delta_logprob, tested);
    one.effect = EXCISE_TRY(test_mean_of(effects));
    one.second = EXCISE_TRY(second_opinion_of(effects));
  }
  if (summary.steps.empty()) return summary;
  summary.share_vs_effect =
      EXCISE_TRY(share_versus_effect(result, findings.layer, summary.steps));
  return summary;
}

Status adjust_scan(const std::vector<ScanSummary*>& layers) {
  std::vector<MeanTest*> tests;
  std::vector<SecondOpinion*> seconds;
  for (ScanSummary* layer : layers) {
    for (ScanStep& step : layer->steps) {
      tests.push_back(&step.effect);
      seconds.push_back(&step.second);
    }
  }
  EXCISE_CHECK(adjust_second_opinions(seconds));
  return adjust_over_layers(tests);
}

std::optional<size_t> worst_step(const ScanSummary& scan) {
  std::optional<size_t> worst;
  for (size_t i = 0; i < scan.steps.size(); ++i) {
    const auto& mean = scan.steps[i].effect.mean;
    if (mean && (!worst || *mean > *scan.steps[*worst].effect.mean)) worst = i;
  }
  return worst;
}

bool first_is_worst(const ScanSummary& scan) {
  if (scan.steps.empty() || !scan.steps[0].effect.mean) return false;
  const double first = *scan.steps[0].effect.mean;
  return first > 0 && std::none_of(scan.steps.begin() + 1, scan.steps.end(),
                                   [&](const ScanStep& step) {
                                     return step.effect.mean >= first;
                                   });
}

}  // namespace excise
