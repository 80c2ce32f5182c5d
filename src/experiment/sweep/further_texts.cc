#include "experiment/sweep/further_texts.h"

#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "experiment/sweep/text_batch.h"
#include "run/executor.h"

namespace excise {
namespace {

double mean_over(const std::vector<size_t>& tested, std::span<const double> d) {
  double sum = 0;
  for (const size_t t : tested) sum += d[t];
  return tested.empty() ? std::numeric_limits<double>::quiet_NaN()
                        : sum / static_cast<double>(tested.size());
}

// Texts first .. last - 1 of plan.further.
struct Batch {
  size_t first = 0, last = 0;
  size_t texts() const { return last - first; }
};

// As many neighbours to a pass as its tokens and the memory limit allow.
std::vector<Batch> batches_of(const Model& model, const SweepPlan& plan) {
  const Spec& spec = plan.spec;
  const auto fits = [&](size_t tokens) {
    if (spec.executor == Executor::kNaive || tokens > kBatchTokens)
      return false;
    return spec.memory_limit == 0 ||
           wavefront_bytes(model.config, model.weights, tokens,
                           plan.further.front().branches.all.size(),
                           spec.compute) <= spec.memory_limit;
  };
  std::vector<Batch> batches;
  size_t tokens = 0;
  for (size_t i = 0; i < plan.further.size(); ++i) {
    tokens += plan.further[i].ids.size();
    if (batches.empty() || !fits(tokens)) {
      batches.push_back({i, i});
      tokens = plan.further[i].ids.size();
    }
    batches.back().last = i + 1;
  }
  return batches;
}

TextEvidence text_evidence(const SweepBranches& branches, size_t layer,
                           std::span<const BranchEffect> effects, size_t first,
                           const std::vector<size_t>& tested) {
  const auto tokens = static_cast<double>(tested.size());
  const auto direct = [&](size_t branch) {
    return sum_over(effects[branch].parts.direct, first, tested) / tokens;
  };
  TextEvidence evidence;
  const size_t removal = branches.removal[layer];
  evidence.sums = evidence_sums(effects[removal], first, tested);
  evidence.direct = direct(removal);
  for (size_t draw = 0; draw < branches.draws.size(); ++draw) {
    if (branches.draws[draw].repeat == 0)
      evidence.control_direct.emplace_back();
    const size_t branch = branches.first_control[layer] + draw;
    if (asks_for_parts(branches.all[branch]))
      evidence.control_direct.back().push_back(direct(branch));
  }
  for (size_t v = 0; v < branches.variants.size(); ++v) {
    evidence.variants.push_back(
        sum_over(effects[branches.first_variant[layer] + v].delta_logprob,
                 first, tested));
  }
  return evidence;
}

// What the effects of a pass say of one of its texts.
TextFindings text_findings(const SweepPlan& plan, const TextRows& rows,
                           size_t text, std::span<const BranchEffect> effects) {
  const SweepBranches& branches = plan.branches;
  TextFindings found;
  found.ids = plan.ids;
  found.tested = tested_tokens(plan.edited, plan.ids.size());
  const auto d = [&](size_t branch) {
    return std::span(effects[branch].delta_logprob)
        .subspan(rows.first(text), rows.count(text));
  };
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    const auto removal = d(branches.removal[i]);
    found.delta_logprob.emplace_back(removal.begin(), removal.end());
    auto& controls = found.control_means.emplace_back();
    for (size_t draw = 0; draw < branches.draws.size(); ++draw) {
      if (branches.draws[draw].repeat == 0) controls.emplace_back();
      controls.back().push_back(
          mean_over(found.tested, d(branches.first_control[i] + draw)));
    }
    found.evidence.push_back(
        text_evidence(branches, i, effects, rows.first(text), found.tested));
    std::vector<double>& scan = found.scan_means.emplace_back();
    if (!plan.spec.scan) continue;
    scan.push_back(mean_over(found.tested, removal));
    for (size_t step = 1; step < plan.spec.scan->steps(); ++step)
      scan.push_back(
          mean_over(found.tested, d(branches.first_scan[i] + step - 1)));
  }
  return found;
}

// Of these plans, to result.further_texts and the audit.
Status sweep_plans(const Model& model, std::span<const SweepPlan> plans,
                   const Progress& progress, SweepResult& result) {
  const BatchOutput batch =
      EXCISE_TRY(sweep_batch(model, plans, progress, result.audit));
  for (size_t text = 0; text < plans.size(); ++text) {
    result.further_texts.push_back(
        text_findings(plans[text], batch.rows, text, batch.output.effects));
  }
  return {};
}

// "text 4", or its file; "texts 4 to 9", counted from the first text of the
// sweep.
std::string texts_text(const Spec& spec, size_t first, size_t count) {
  if (count == 1) return text_name(spec, first - 1);
  return "texts " + std::to_string(first) + " to " +
         std::to_string(first + count - 1);
}

}  // namespace

Status sweep_further_texts(const Model& model, const SweepPlan& plan,
                           const Progress& progress, SweepResult& result) {
  const auto start = std::chrono::steady_clock::now();
  const size_t texts = 1 + plan.further.size();
  const std::span<const SweepPlan> plans = plan.further;
  const auto sweep = [&](size_t first, size_t count) -> Status {
    const std::string which = texts_text(plan.spec, first + 2, count);
    Progress within = progress;
    if (progress.report) {
      within.report = [&](std::string_view, size_t done, size_t total) {
        progress.report(which + " of " + std::to_string(texts), done, total);
      };
    }
    Status swept =
        sweep_plans(model, plans.subspan(first, count), within, result);
    if (!swept) swept.error().message += " (" + which + ")";
    return swept;
  };
  for (const Batch& batch : batches_of(model, plan)) {
    Status swept = sweep(batch.first, batch.texts());
    if (swept) continue;
    if (swept.error().code == ErrorCode::kInterrupted || batch.texts() == 1)
      return swept;
    // One after the other, to say which of them it is.
    for (size_t i = batch.first; i < batch.last; ++i) EXCISE_CHECK(sweep(i, 1));
  }
  result.timings.total +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  return {};
}

}  // namespace excise
