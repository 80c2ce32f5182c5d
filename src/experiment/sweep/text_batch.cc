#include "experiment/sweep/text_batch.h"

#include <deque>
#include <utility>
#include <vector>

#include "experiment/sweep/sweep_edits.h"
#include "run/run_branches.h"

namespace excise {

Result<BatchOutput> sweep_batch(const Model& model,
                                std::span<const SweepPlan> plans,
                                const Progress& progress, BranchAudit& audit,
                                const TakeEdited& take) {
  const SweepPlan& first = plans.front();
  std::vector<int> ids;
  std::vector<size_t> starts = {0};
  std::deque<LayerEditor> editors;
  for (const SweepPlan& plan : plans) {
    ids.insert(ids.end(), plan.ids.begin(), plan.ids.end());
    starts.push_back(ids.size());
    editors.emplace_back(plan, model.weights);
  }
  TextRows rows(ids.size(), starts);
  const ExecutorInput input{
      .config = model.config,
      .weights = model.weights,
      .ids = ids,
      .branches = first.branches.all,
      .edit = edit_by_text(
          rows,
          [&](size_t text, size_t layer, MatrixView<const float> value,
              std::span<const Branch> branches,
              std::span<const MatrixView<float>> deltas) -> Status {
            EXCISE_CHECK(
                edit_layer(editors[text], layer, value, branches, deltas));
            if (take) take(text, layer, value, editors[text]);
            return {};
          }),
      .capture = std::nullopt,
      .starts = starts};
  ExecutorOutput output =
      EXCISE_TRY(run_branches(input, first.spec, "sweep", progress, audit));
  for (const Branch& branch : first.branches.all)
    audit.edits_expected += plans.size() * (1 + branch.further.size());
  for (const BranchEffect& effect : output.effects)
    audit.edits_fired += plans.size() * effect.fired;
  return BatchOutput{std::move(rows), std::move(output)};
}

}  // namespace excise
