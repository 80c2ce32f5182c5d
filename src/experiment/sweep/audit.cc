#include "experiment/sweep/audit.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace excise {
namespace {

size_t count_in(const std::vector<double>& series) {
  return static_cast<size_t>(std::ranges::count_if(
      series, [](double v) { return !std::isfinite(v); }));
}

size_t count_in(const std::vector<std::vector<double>>& all) {
  size_t count = 0;
  for (const auto& series : all) count += count_in(series);
  return count;
}

size_t count_in(const BranchEffect& effect) {
  return count_in(effect.delta_logprob) + count_in(effect.delta_logit) +
         count_in(effect.kl) + count_in(effect.drift);
}

}  // namespace

size_t count_non_finite(const SweepResult& result) {
  size_t count = 0;
  for (const LayerFindings& findings : result.findings) {
    count += count_in(findings.removal);
    if (findings.removed) count += count_in(*findings.removed);
    if (findings.empty) count += count_in(*findings.empty);
    for (const ControlFindings& control : findings.controls)
      count += count_in(control.delta_logprob);
    if (findings.constant) {
      for (const ConstantEffect& one : findings.constant->tries)
        count += count_in(one.delta_logprob);
    }
    // Its first step is the removal.
    for (size_t step = 1; step < findings.scan.size(); ++step)
      count += count_in(findings.scan[step].delta_logprob);
  }
  for (const TogetherFindings& together : result.together)
    count += count_in(together.effect);
  for (const TextFindings& text : result.further_texts) {
    count += count_in(text.delta_logprob);
    // Means over no token are none.
    if (text.tested.empty()) continue;
    for (const auto& controls : text.control_means) count += count_in(controls);
    count += count_in(text.scan_means);
  }
  return count;
}

Status check_audit(const SweepResult& result) {
  return check_branches(result.audit, "audit", result.audit.no_op_layer);
}

}  // namespace excise
