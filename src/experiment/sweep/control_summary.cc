#include "experiment/sweep/control_summary.h"

#include <algorithm>
#include <limits>

#include "math/statistics/benjamini_hochberg.h"
#include "math/statistics/chance_hits.h"
#include "math/statistics/empirical_p.h"
#include "math/statistics/finite.h"
#include "math/statistics/max_statistic.h"
#include "math/statistics/one_sample_t.h"

namespace excise {

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

void take_standing(ControlSummary& summary) {
  if (!summary.edit_mean) return;
  const double mean = *summary.edit_mean;
  summary.percentile = percentile(mean, summary.mean);
  if (!is_null(summary.control)) return;
  summary.p_two_sided = empirical_p(mean, summary.mean, Tail::kTwoSided);
  // Of too few draws none can lie beyond nearly all.
  if (!summary.p_two_sided ||
      attained_level(summary.repeats(), kSignificance, Tail::kTwoSided) == 0)
    return;
  constexpr double kMiddle = 50;
  summary.standing = *summary.p_two_sided >= kSignificance ? Standing::kWithin
                     : *summary.percentile > kMiddle       ? Standing::kWorse
                                                     : Standing::kLessHarmful;
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
    take_standing(summary);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

namespace {

// By the standing of each layer.
void count_layers(std::span<ControlSummary* const> at_layers,
                  std::span<const size_t> layers, ControlHeadline& headline) {
  for (size_t i = 0; i < at_layers.size(); ++i) {
    const std::optional<Standing> standing = at_layers[i]->standing;
    if (!standing) continue;
    (*standing == Standing::kWorse    ? headline.layers_worse
     : *standing == Standing::kWithin ? headline.layers_within
                                      : headline.layers_less_harmful)
        .push_back(layers[i]);
  }
}

Status adjust(std::span<ControlSummary* const> at_layers) {
  std::vector<std::optional<double>> p;
  for (const ControlSummary* summary : at_layers)
    p.push_back(summary->p_two_sided);
  const auto q = EXCISE_TRY(benjamini_hochberg(p));
  for (size_t i = 0; i < at_layers.size(); ++i) at_layers[i]->q = q[i];
  return {};
}

Status take_largest(std::span<ControlSummary* const> at_layers,
                    std::span<const size_t> layers, ControlHeadline& headline) {
  std::vector<RealAndDraws> values;
  for (const ControlSummary* summary : at_layers) {
    values.push_back(
        {summary->edit_mean.value_or(std::numeric_limits<double>::quiet_NaN()),
         summary->mean});
  }
  const MaxStatistic largest = EXCISE_TRY(max_statistic(values));
  for (size_t i = 0; i < at_layers.size(); ++i) at_layers[i]->z = largest.z[i];
  // A single layer is tested by its two-sided p; a second p of the same draws
  // could say otherwise.
  if (std::ranges::count_if(largest.z,
                            [](const auto& z) { return z.has_value(); }) < 2)
    return {};
  headline.p_max = largest.p;
  for (size_t i = 0; i < at_layers.size(); ++i) {
    at_layers[i]->p_max = largest.layer_p[i];
    if (largest.layer_p[i].value_or(1) < kSignificance)
      headline.layers_p_max.push_back(layers[i]);
  }
  return {};
}

}  // namespace

Result<ControlHeadline> compare_over_layers(
    std::span<ControlSummary* const> at_layers,
    std::span<const size_t> layers) {
  ControlHeadline headline;
  if (at_layers.empty()) return headline;
  headline.cell = at_layers.front()->cell;
  headline.control = at_layers.front()->control;
  headline.repeats = at_layers.front()->repeats();
  if (!is_null(headline.control)) return headline;
  const auto compared = static_cast<size_t>(std::ranges::count_if(
      at_layers,
      [](const ControlSummary* one) { return one->p_two_sided.has_value(); }));
  headline.repeats_for_p = draws_for_p_below(kSignificance, Tail::kTwoSided);
  // Benjamini-Hochberg multiplies the smallest of all by their number.
  headline.repeats_for_q = draws_for_p_below(
      kSignificance / static_cast<double>(std::max<size_t>(compared, 1)),
      Tail::kTwoSided);
  headline.level =
      attained_level(headline.repeats, kSignificance, Tail::kTwoSided);
  const ChanceHits chance = chance_hits(compared, headline.level);
  headline.chance_layers = chance.expected;
  headline.chance_any = chance.at_least_one;
  count_layers(at_layers, layers, headline);
  if (headline.repeats >= headline.repeats_for_q)
    EXCISE_CHECK(adjust(at_layers));
  EXCISE_CHECK(take_largest(at_layers, layers, headline));
  return headline;
}

}  // namespace excise
