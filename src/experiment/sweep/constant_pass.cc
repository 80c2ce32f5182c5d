#include "experiment/sweep/constant_pass.h"

#include <string>
#include <utility>
#include <vector>

#include "experiment/sweep/branch_tags.h"
#include "run/run_branches.h"

namespace excise {
namespace {

double mean_at(std::span<const double> d, std::span<const size_t> tokens) {
  double sum = 0;
  for (const size_t t : tokens) sum += d[t];
  return sum / static_cast<double>(tokens.size());
}

// What a round tries: one branch a value, by Branch::index.
struct Round {
  std::vector<Branch> branches;
  std::vector<double> values;
  std::vector<size_t> rows;  // of the findings
};

Round next_round(const SweepPlan& plan, std::vector<ConstantSearch>& searches) {
  Round round;
  for (size_t row = 0; row < searches.size(); ++row) {
    for (const double value : searches[row].next()) {
      round.branches.push_back({plan.layers[row], sweep_branch::kConstant,
                                round.values.size(), plan.spec.hook});
      round.values.push_back(value);
      round.rows.push_back(row);
    }
  }
  return round;
}

}  // namespace

ConstantHalves constant_halves(std::span<const size_t> tested) {
  const size_t half = tested.size() / 2;
  return {tested.first(half), tested.subspan(half)};
}

ConstantSearch constant_search(const LayerFindings& findings,
                               std::span<const size_t> chosen_on) {
  ConstantSearch search(code_range(findings.constant->codes));
  search.add({0, mean_at(findings.removal.delta_logprob, chosen_on)});
  for (const ConstantEffect& one : findings.constant->tries)
    search.add({one.value, mean_at(one.delta_logprob, chosen_on)});
  return search;
}

Status check_constant(std::span<const size_t> tested) {
  constexpr size_t kFewest = 4;
  if (tested.size() >= kFewest) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "sweep",
               .subject = "variant constant: tokens that the edit reaches",
               .expected = "at least 4, half of which choose the constant",
               .found = std::to_string(tested.size()),
               .hint = "take a longer text"});
}

Status refine_constants(const Model& model, const SweepPlan& plan,
                        LayerEditor& editor, const Progress& progress,
                        SweepResult& result) {
  const std::vector<size_t> tested = tested_tokens(result);
  const auto chosen_on = constant_halves(tested).chosen_on;
  std::vector<ConstantSearch> searches;
  for (const LayerFindings& findings : result.findings)
    searches.push_back(constant_search(findings, chosen_on));
  // What is checked against float32 stands in the first pass.
  RunOptions options = plan.spec;
  options.check_rounding = CheckRounding::kSample;
  while (true) {
    const Round round = next_round(plan, searches);
    if (round.branches.empty()) return {};
    const ExecutorInput input{
        .config = model.config,
        .weights = model.weights,
        .ids = plan.ids,
        .branches = round.branches,
        .edit = [&](size_t layer, MatrixView<const float> value,
                    std::span<const Branch> branches,
                    std::span<const MatrixView<float>> deltas) -> Status {
          EXCISE_TRY(editor.prepare(layer, value));
          for (size_t b = 0; b < branches.size(); ++b) {
            EXCISE_CHECK(editor.set_constant(
                value, round.values[branches[b].index], deltas[b]));
          }
          return {};
        },
        .capture = std::nullopt};
    BranchAudit audit;
    ExecutorOutput output =
        EXCISE_TRY(run_branches(input, options, "sweep", progress, audit));
    result.audit.edits_expected += round.branches.size();
    for (size_t i = 0; i < round.values.size(); ++i) {
      BranchEffect& effect = output.effects[i];
      result.audit.edits_fired += effect.fired;
      searches[round.rows[i]].add(
          {round.values[i], mean_at(effect.delta_logprob, chosen_on)});
      result.findings[round.rows[i]].constant->tries.push_back(
          {round.values[i], std::move(effect.delta_logprob)});
    }
  }
}

}  // namespace excise
