#include "experiment/task/task_effects.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "core/random.h"
#include "experiment/sweep/over_units.h"
#include "math/statistics/mcnemar.h"
#include "math/statistics/sign_flip.h"

namespace excise {
namespace {

// Of the seed, for each layer and group.
constexpr uint64_t kFlipStream = uint64_t{9} << 31;

size_t solved_in(std::span<const TaskScore> scores) {
  return static_cast<size_t>(std::ranges::count_if(
      scores, [](const TaskScore& score) { return score.solved(); }));
}

// Of the prompts, clean - edited metric.
std::vector<double> effects_of(const TaskScores& scores, size_t branch,
                               std::span<const size_t> prompts) {
  std::vector<double> effects;
  for (const size_t i : prompts) {
    effects.push_back(scores.clean[i].metric() -
                      scores.edited[branch][i].metric());
  }
  return effects;
}

SweepResult over_prompts(const SweepPlan& plan,
                         const std::vector<std::vector<double>>& shares,
                         std::span<const size_t> tested,
                         const TaskSweep& sweep) {
  SweepResult result = sweep_over_units(
      sweep.spec, plan.removal, plan.layers, plan.branches,
      {.units = tested.size(),
       .of_branches =
           [&](size_t first, size_t count) {
             std::vector<std::vector<double>> effects;
             for (size_t b = first; b < first + count; ++b)
               effects.push_back(effects_of(sweep.scores, b, tested));
             return effects;
           },
       .share =
           [&](size_t i) {
             return std::accumulate(shares[i].begin(), shares[i].end(), 0.0) /
                    static_cast<double>(shares[i].size());
           }});
  result.entries.of = "the task";
  result.entries.each = "a prompt";
  static_cast<BranchAudit&>(result.audit) = sweep.audit;
  return result;
}

// The tested prompts of each group, by name; none without names.
using Members = std::map<std::string, std::vector<size_t>>;
Members take_groups(std::span<const TaskRow> rows, TaskSweep& sweep) {
  std::map<std::string, TaskGroup> groups;
  Members members;
  bool has_groups = false;
  for (size_t i = 0; i < sweep.prompts.prompts.size(); ++i) {
    const std::string& name = rows[sweep.prompts.prompts[i].row].group;
    has_groups = has_groups || !name.empty();
    TaskGroup& group = groups[name];
    group.name = name;
    ++group.prompts;
    std::vector<size_t>& of_group = members[name];
    if (!sweep.tested[i]) continue;
    ++group.tested;
    of_group.push_back(i);
  }
  if (!has_groups) return {};
  for (const auto& [name, group] : groups) sweep.groups.push_back(group);
  return members;
}

Result<TaskEffect> test_group(std::span<const double> effects,
                              size_t permutations, Random random) {
  TaskEffect effect;
  static_cast<OneSampleT&>(effect.test) = EXCISE_TRY(one_sample_t(effects));
  effect.sign_flip = EXCISE_TRY(sign_flip_p(effects, permutations, random));
  return effect;
}

Status take_layers(std::span<const TaskRow> rows, TaskSweep& sweep) {
  const Members groups = take_groups(rows, sweep);
  for (size_t l = 0; l < sweep.layers.size(); ++l) {
    TaskLayer layer{
        .layer = sweep.layers[l],
        .solved_after = solved_in(sweep.scores.edited[l]),
        .flips = flips_of(sweep.scores.clean, sweep.scores.edited[l])};
    uint64_t stream = kFlipStream + sweep.layers[l] * (1 + groups.size());
    for (const auto& [name, members] : groups) {
      layer.groups.push_back(EXCISE_TRY(test_group(
          effects_of(sweep.scores, l, members), sweep.spec.permutations,
          Random(sweep.spec.seed, ++stream))));
    }
    sweep.by_layer.push_back(std::move(layer));
  }
  std::vector<MeanTest*> of_groups;
  for (TaskLayer& layer : sweep.by_layer) {
    for (TaskEffect& group : layer.groups) of_groups.push_back(&group.test);
  }
  return adjust_over_layers(of_groups);
}

}  // namespace

TaskFlips flips_of(std::span<const TaskScore> clean,
                   std::span<const TaskScore> edited) {
  TaskFlips flips;
  for (size_t i = 0; i < clean.size(); ++i) {
    if (clean[i].solved() == edited[i].solved()) continue;
    ++(clean[i].solved() ? flips.lost : flips.gained);
  }
  flips.mcnemar_p = mcnemar_p(flips.lost, flips.gained);
  return flips;
}

Status take_effects(std::span<const TaskRow> rows, const SweepPlan& plan,
                    const std::vector<std::vector<double>>& shares,
                    const Progress& progress, TaskSweep& sweep) {
  sweep.solved_before = solved_in(sweep.scores.clean);
  std::vector<size_t> tested;
  for (size_t i = 0; i < sweep.scores.clean.size(); ++i) {
    sweep.tested.push_back(sweep.all_prompts || sweep.scores.clean[i].solved());
    if (sweep.tested.back()) tested.push_back(i);
  }
  if (tested.empty()) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "task",
         .subject = "prompts",
         .expected = "some that the clean model solves",
         .found = fmt::format("none of {}", sweep.prompts.prompts.size()),
         .hint = "there is nothing to lose; --all-prompts tests all"});
  }
  sweep.over_prompts = over_prompts(plan, shares, tested, sweep);
  sweep.summary = EXCISE_TRY(summarize(sweep.over_prompts, progress));
  // Not measured: there is nothing to say of them.
  for (LayerSummary& layer : sweep.summary.layers)
    layer.removal.drift_end_relative = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::vector<TaskScore>> removal;
  for (const size_t branch : plan.branches.removal)
    removal.push_back(std::move(sweep.scores.edited[branch]));
  sweep.scores.edited = std::move(removal);
  return take_layers(rows, sweep);
}

}  // namespace excise
