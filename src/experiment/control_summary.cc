#include "experiment/control_summary.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "math/statistics/benjamini_hochberg.h"
#include "math/statistics/one_sample_t.h"

namespace excise {
namespace {

bool all_finite(std::span<const double> values) {
  return std::ranges::all_of(values,
                             [](double value) { return std::isfinite(value); });
}

bool comparable(const ControlSummary& summary) {
  return summary.edit_mean && !summary.mean.empty() &&
         all_finite(summary.mean) && std::isfinite(*summary.edit_mean);
}

// Fewest repeats with 2 / (repeats + 1) * tests below kSignificance.
size_t fewest_repeats(size_t tests) {
  size_t repeats = 1;
  while (2 * static_cast<double>(tests) / (static_cast<double>(repeats) + 1) >=
         kSignificance)
    ++repeats;
  return repeats;
}

// The largest two-sided p below kSignificance that these repeats can give.
double attainable_level(size_t repeats) {
  const double step = 2 / (static_cast<double>(repeats) + 1);
  double level = 0;
  while (level + step < kSignificance) level += step;
  return level;
}

}  // namespace

std::string_view standing_name(Standing standing) {
  switch (standing) {
    case Standing::kWorse:
      return "worse";
    case Standing::kWithin:
      return "within";
    case Standing::kLessHarmful:
      return "less harmful";
  }
  return "";
}

Status take_standing(ControlSummary& summary) {
  if (!comparable(summary)) return {};
  double below = 0;
  double at_or_below = 0;
  double at_or_above = 0;
  for (const double mean : summary.mean) {
    below += mean < *summary.edit_mean    ? 1
             : mean == *summary.edit_mean ? 0.5
                                          : 0;
    at_or_below += mean <= *summary.edit_mean ? 1 : 0;
    at_or_above += mean >= *summary.edit_mean ? 1 : 0;
  }
  const auto repeats = static_cast<double>(summary.repeats());
  summary.percentile = 100 * below / repeats;
  if (!is_null(summary.control)) return {};
  summary.p_two_sided = std::min(
      1.0, 2 * (1 + std::min(at_or_below, at_or_above)) / (repeats + 1));
  summary.standing = *summary.p_two_sided >= kSignificance ? Standing::kWithin
                     : at_or_above < at_or_below ? Standing::kWorse
                                                 : Standing::kLessHarmful;
  return {};
}

Result<std::vector<ControlSummary>> summarize_controls(
    const std::vector<ControlFindings>& controls,
    std::span<const size_t> tested, std::optional<double> preset_mean,
    std::optional<double> removed_mean) {
  std::vector<ControlSummary> summaries;
  for (const ControlFindings& findings : controls) {
    ControlSummary summary;
    summary.cell = findings.cell;
    summary.control = findings.control;
    summary.edit_mean =
        findings.cell == Cell::kRemoved ? removed_mean : preset_mean;
    for (const std::vector<double>& d : findings.delta_logprob) {
      const std::vector<double> predicted = chosen(d, tested);
      if (!all_finite(predicted) || predicted.empty()) {
        summary.mean.push_back(std::numeric_limits<double>::quiet_NaN());
        summary.t.emplace_back();
        continue;
      }
      const OneSampleT test = EXCISE_TRY(one_sample_t(predicted));
      summary.mean.push_back(*test.mean);
      summary.t.push_back(test.t);
    }
    EXCISE_CHECK(take_standing(summary));
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

Result<ControlHeadline> compare_over_layers(
    std::span<ControlSummary* const> at_layers,
    std::span<const size_t> layers) {
  ControlHeadline headline;
  if (at_layers.empty()) return headline;
  headline.cell = at_layers.front()->cell;
  headline.control = at_layers.front()->control;
  headline.repeats = at_layers.front()->repeats();
  headline.repeats_for_p = fewest_repeats(1);
  headline.repeats_for_q = fewest_repeats(at_layers.size());
  const auto count = static_cast<double>(at_layers.size());
  headline.level = attainable_level(headline.repeats);
  headline.chance_layers = count * headline.level;
  headline.chance_any = 1 - std::pow(1 - headline.level, count);
  std::vector<std::optional<double>> p;
  for (size_t i = 0; i < at_layers.size(); ++i) {
    const ControlSummary& summary = *at_layers[i];
    p.push_back(summary.p_two_sided);
    if (!summary.standing) continue;
    (*summary.standing == Standing::kWorse    ? headline.layers_worse
     : *summary.standing == Standing::kWithin ? headline.layers_within
                                              : headline.layers_less_harmful)
        .push_back(layers[i]);
  }
  if (headline.repeats >= headline.repeats_for_q) {
    const auto q = EXCISE_TRY(benjamini_hochberg(p));
    for (size_t i = 0; i < at_layers.size(); ++i) at_layers[i]->q = q[i];
  }
  return headline;
}

}  // namespace excise
