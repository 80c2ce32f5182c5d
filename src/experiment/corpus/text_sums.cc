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
  const SumsOf& of = layout.of();
  if (of.parts == 0 && !of.halves) return;
  for (size_t b = 0; of.parts > 0 && b < batch.output.effects.size(); ++b) {
    row[layout.direct(b)] =
        sum_over(batch.output.effects[b].parts.direct, first, tested);
  }
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    const EvidenceSums sums = evidence_sums(
        batch.output.effects[plan.branches.removal[i]], first, tested);
    if (of.parts > 0) {
      for (size_t p = 0; p < of.parts; ++p)
        row[layout.part(i, p)] = sums.shares[p];
      row[layout.parts_error(i)] = sums.error;
      row[layout.parts_points(i)] = static_cast<double>(sums.points);
    }
    if (!of.halves) continue;
    row[layout.first_half(i)] = sums.first_half;
    row[layout.half_tokens(i)] = static_cast<double>(sums.half);
    row[layout.behind_first(i)] = static_cast<double>(sums.behind_first);
  }
}

}  // namespace excise
