#include "experiment/sweep/constant_summary.h"

#include <algorithm>
#include <utility>

#include "experiment/common/token_selection.h"
#include "experiment/sweep/constant_pass.h"
#include "experiment/sweep/effect_tests.h"
#include "experiment/sweep/summary.h"
#include "math/statistics/empirical_p.h"

namespace excise {

Result<std::optional<ConstantSummary>> summarize_constant(
    const LayerFindings& findings, std::span<const size_t> tested) {
  if (!findings.constant) return std::optional<ConstantSummary>();
  const auto [chosen_on, told_on] = constant_halves(tested);
  const ConstantSearch search = constant_search(findings, chosen_on);
  const auto best = search.best();
  if (!best) return std::optional<ConstantSummary>();
  ConstantSummary summary;
  summary.value = search.tries()[*best].value;
  summary.range = code_range(findings.constant->codes);
  summary.percentile = percentile(summary.value, findings.constant->codes);
  summary.at_edge = search.at_edge();
  summary.n_chosen_on = chosen_on.size();
  summary.tries = search.tries();
  const auto& removal = findings.removal.delta_logprob;
  summary.delta_logprob = removal;
  for (const ConstantEffect& one : findings.constant->tries) {
    if (one.value == summary.value) summary.delta_logprob = one.delta_logprob;
  }
  std::vector<double> gain = removal;
  for (size_t t = 0; t < gain.size(); ++t) gain[t] -= summary.delta_logprob[t];
  summary.effect =
      EXCISE_TRY(test_mean_of(chosen(summary.delta_logprob, told_on)));
  summary.removal = EXCISE_TRY(test_mean_of(chosen(removal, told_on)));
  summary.gain = EXCISE_TRY(test_mean_of(chosen(gain, told_on)));
  return std::optional(std::move(summary));
}

Status adjust_constants(std::vector<LayerSummary>& layers) {
  for (MeanTest ConstantSummary::*test :
       {&ConstantSummary::effect, &ConstantSummary::removal,
        &ConstantSummary::gain}) {
    std::vector<MeanTest*> over_layers;
    for (LayerSummary& layer : layers) {
      if (layer.constant) over_layers.push_back(&((*layer.constant).*test));
    }
    EXCISE_CHECK(adjust_over_layers(over_layers));
  }
  return {};
}

}  // namespace excise
