#include "experiment/corpus/text_sums.h"

#include <algorithm>

#include "experiment/sweep/sweep.h"

namespace excise {

std::vector<size_t> measured_tokens(const SweepPlan& plan, size_t context) {
  std::vector<size_t> tested = tested_tokens(plan.edited, plan.ids.size());
  std::erase_if(tested, [context](size_t t) { return t < context; });
  return tested;
}

void sum_text(const SweepPlan& plan, const BatchOutput& batch, size_t text,
              size_t context, const SumsLayout& layout, std::span<double> row) {
  const std::vector<size_t> tested = measured_tokens(plan, context);
  const size_t first = batch.rows.first(text);
  row[SumsLayout::kTokens] = static_cast<double>(tested.size());
  double& logprob = row[SumsLayout::kLogprob] = 0;
  for (const size_t t : tested)
    logprob += batch.output.clean.logprob[first + t];
  for (size_t b = 0; b < batch.output.effects.size(); ++b) {
    const BranchEffect& effect = batch.output.effects[b];
    const auto at = [&](Sum sum) -> double& { return row[layout.sum(b, sum)]; };
    for (size_t sum = 0; sum < static_cast<size_t>(Sum::kCount); ++sum)
      at(static_cast<Sum>(sum)) = 0;
    const Matrix<float>& drift = effect.drift_per_token;
    for (const size_t t : tested) {
      const double d = effect.delta_logprob[first + t];
      at(Sum::kD) += d;
      at(Sum::kDSquared) += d * d;
      // What the model says of token t stands at the position before it.
      at(Sum::kKl) += effect.kl[first + t - 1];
      at(Sum::kTop1Changed) += effect.top1_changed[first + t - 1];
      if (drift.rows() == 0) continue;
      const double moved = drift.row(drift.rows() - 1)[first + t - 1];
      at(Sum::kDriftSquared) += moved * moved;
    }
  }
}

}  // namespace excise
