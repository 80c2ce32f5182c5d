#include "experiment/sweep/parts_summary.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "experiment/common/token_selection.h"
#include "experiment/sweep/effect_tests.h"
#include "experiment/sweep/summary.h"
#include "math/statistics/empirical_p.h"
#include "math/statistics/finite.h"
#include "math/statistics/ratio_interval.h"

namespace excise {
namespace {

std::optional<double> sum_of(std::span<const MeanTest> shares, size_t first) {
  double sum = 0;
  for (size_t i = first; i < shares.size(); i += 2) {
    if (!shares[i].mean) return std::nullopt;
    sum += *shares[i].mean;
  }
  return sum;
}

bool is_zero(MatrixView<const double> shares) {
  for (size_t p = 0; p < shares.rows(); ++p) {
    if (std::ranges::any_of(shares.row(p), [](double x) { return x != 0; }))
      return false;
  }
  return true;
}

void forget_repair(DirectSummary& direct) {
  direct.repair.reset();
  direct.interval.reset();
  direct.reason = "no part of the model is behind the edit";
}

double mean_or_nan(const MeanTest& test) {
  return test.mean.value_or(std::numeric_limits<double>::quiet_NaN());
}

Result<std::vector<ControlDirect>> summarize_draws(
    const std::vector<ControlFindings>& controls,
    std::span<const size_t> tested, const PartsSummary& parts) {
  std::vector<ControlDirect> summaries;
  for (const ControlFindings& findings : controls) {
    if (findings.direct.empty()) continue;  // of another place
    std::vector<double> whole, direct;
    for (size_t r = 0; r < findings.direct.size(); ++r) {
      whole.push_back(mean_or_nan(
          EXCISE_TRY(test_mean_of(chosen(findings.delta_logprob[r], tested)))));
      direct.push_back(mean_or_nan(
          EXCISE_TRY(test_mean_of(chosen(findings.direct[r], tested)))));
    }
    ControlDirect& one = summaries.emplace_back();
    one.cell = findings.cell;
    one.control = findings.control;
    one.over_draws = EXCISE_TRY(summarize_direct(whole, direct));
    const DirectSummary& edit =
        findings.cell == Cell::kRemoved ? *parts.removed : parts.direct;
    if (is_null(one.control) && edit.effect.mean)
      one.p_two_sided = empirical_p(*edit.effect.mean, direct, Tail::kTwoSided);
  }
  return summaries;
}

}  // namespace

bool DirectSummary::has_effect() const {
  return effect.ci_low && effect.ci_high &&
         (*effect.ci_low > 0 || *effect.ci_high < 0);
}

std::optional<double> PartsSummary::by_attn() const {
  return sum_of(shares, 1);
}

std::optional<double> PartsSummary::by_mlps() const {
  return sum_of(shares, 2);
}

Result<DirectSummary> summarize_direct(std::span<const double> whole,
                                       std::span<const double> direct) {
  DirectSummary summary;
  summary.effect = EXCISE_TRY(test_mean_of(direct));
  if (!summary.effect.ci_low || !all_finite(whole)) {
    summary.reason = "the direct effect has no interval";
  } else if (!summary.has_effect()) {
    summary.reason = "no direct effect to make up for";
  } else {
    const RatioOfMeans left = EXCISE_TRY(ratio_of_means(whole, direct));
    summary.reason = left.reason;
    if (left.ratio) summary.repair = 1 - *left.ratio;
    if (left.interval) {
      summary.interval = Interval{.low = 1 - left.interval->high,
                                  .high = 1 - left.interval->low};
    }
  }
  return summary;
}

Result<std::optional<PartsSummary>> summarize_parts(
    const LayerFindings& findings, std::span<const size_t> tested) {
  const PartsOfEffect& parts = findings.removal.parts;
  if (parts.shares.empty()) return std::optional<PartsSummary>();
  PartsSummary summary;
  for (size_t p = 0; p < parts.shares.rows(); ++p) {
    summary.shares.push_back(
        EXCISE_TRY(test_mean_of(chosen(parts.shares.row(p), tested))));
  }
  summary.direct = EXCISE_TRY(
      summarize_direct(chosen(findings.removal.delta_logprob, tested),
                       chosen(parts.direct, tested)));
  if (findings.removed) {
    summary.removed = EXCISE_TRY(
        summarize_direct(chosen(findings.removed->delta_logprob, tested),
                         chosen(findings.removed->parts.direct, tested)));
  }
  summary.controls =
      EXCISE_TRY(summarize_draws(findings.controls, tested, summary));
  const auto later = parts.shares.view().row_range(1, parts.shares.rows() - 1);
  if (is_zero(later)) {
    forget_repair(summary.direct);
    if (summary.removed) forget_repair(*summary.removed);
    for (ControlDirect& control : summary.controls)
      forget_repair(control.over_draws);
  }
  summary.error = parts.error;
  summary.points = parts.points;
  return std::optional(std::move(summary));
}

Status adjust_direct(std::vector<LayerSummary>& layers) {
  std::vector<MeanTest*> tests;
  for (LayerSummary& layer : layers) {
    if (layer.parts) tests.push_back(&layer.parts->direct.effect);
  }
  return adjust_over_layers(tests);
}

}  // namespace excise
