#include "experiment/task/task_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <memory>
#include <new>
#include <utility>

#include "core/random.h"
#include "core/threads.h"
#include "experiment/sweep/sweep_edits.h"
#include "experiment/sweep/sweep_plan.h"
#include "math/statistics/mcnemar.h"
#include "math/statistics/sign_flip.h"

namespace excise {
namespace {

// Of the seed, for each layer and group.
constexpr uint64_t kFlipStream = uint64_t{9} << 31;

tl::unexpected<Error> not_yet(const char* option) {
  return fail(ErrorCode::kUnsupported,
              {.where = "task",
               .subject = option,
               .expected = "a removal alone",
               .hint = "sweep --task has no such branch yet; sweep the prompts "
                       "as texts for it"});
}

// Editors of the texts of a pass, which its edits borrow.
struct Editors {
  std::deque<SweepPlan> plans;
  std::deque<LayerEditor> editors;
};

Result<EditText> edits_of(const Model& model, const TextPlanner& planner,
                          std::span<const std::vector<int>> texts) {
  auto made = std::make_shared<Editors>();
  for (const std::vector<int>& text : texts) {
    made->plans.push_back(EXCISE_TRY(planner.plan(text)));
    made->editors.emplace_back(made->plans.back(), model.weights);
  }
  return EditText([made](size_t text, size_t layer,
                         MatrixView<const float> value,
                         std::span<const Branch> branches,
                         std::span<const MatrixView<float>> deltas) {
    return edit_layer(made->editors[text], layer, value, branches, deltas);
  });
}

Result<TaskEffect> effect_of(const TaskSweep& sweep, size_t layer,
                             std::span<const size_t> prompts, Random random) {
  std::vector<double> effects;
  for (const size_t i : prompts) {
    effects.push_back(sweep.scores.clean[i].metric() -
                      sweep.scores.edited[layer][i].metric());
  }
  TaskEffect effect;
  static_cast<OneSampleT&>(effect.test) = EXCISE_TRY(one_sample_t(effects));
  effect.sign_flip =
      EXCISE_TRY(sign_flip_p(effects, sweep.spec.permutations, random));
  return effect;
}

size_t solved_in(std::span<const TaskScore> scores) {
  return static_cast<size_t>(std::ranges::count_if(
      scores, [](const TaskScore& score) { return score.solved(); }));
}

// Tests of all layers, and of all groups.
Status test_layers(std::span<const TaskRow> rows, TaskSweep& sweep) {
  std::vector<size_t> tested;
  std::map<std::string, std::pair<TaskGroup, std::vector<size_t>>> groups;
  bool has_groups = false;
  for (size_t i = 0; i < sweep.prompts.prompts.size(); ++i) {
    const std::string& name = rows[sweep.prompts.prompts[i].row].group;
    has_groups = has_groups || !name.empty();
    auto& [group, members] = groups[name];
    group.name = name;
    ++group.prompts;
    if (!sweep.tested[i]) continue;
    ++group.tested;
    members.push_back(i);
    tested.push_back(i);
  }
  if (!has_groups) groups.clear();
  for (const auto& [name, group] : groups) sweep.groups.push_back(group.first);
  for (size_t l = 0; l < sweep.layers.size(); ++l) {
    const uint64_t stream = kFlipStream + sweep.layers[l] * (1 + groups.size());
    TaskLayer layer{.layer = sweep.layers[l]};
    layer.effect = EXCISE_TRY(
        effect_of(sweep, l, tested, Random(sweep.spec.seed, stream)));
    size_t number = 0;
    for (const auto& [name, group] : groups) {
      layer.groups.push_back(EXCISE_TRY(effect_of(
          sweep, l, group.second, Random(sweep.spec.seed, stream + ++number))));
    }
    layer.solved_after = solved_in(sweep.scores.edited[l]);
    layer.flips = flips_of(sweep.scores.clean, sweep.scores.edited[l]);
    sweep.by_layer.push_back(std::move(layer));
  }
  std::vector<MeanTest*> all, of_groups;
  for (TaskLayer& layer : sweep.by_layer) {
    all.push_back(&layer.effect.test);
    for (TaskEffect& group : layer.groups) of_groups.push_back(&group.test);
  }
  EXCISE_CHECK(adjust_over_layers(all));
  return adjust_over_layers(of_groups);
}

Status check_prompts(std::span<const TaskRow> rows, const TaskSweep& sweep) {
  for (const TaskPrompt& prompt : sweep.prompts.prompts) {
    if (!prompt.foil.empty()) continue;
    return fail(ErrorCode::kUnsupported,
                {.where = "task",
                 .subject = fmt::format("line {}", rows[prompt.row].line),
                 .expected = "a foil, which every prompt of a sweep has",
                 .found = "none",
                 .hint = "excise task measures prompts without one"});
  }
  if (!sweep.prompts.prompts.empty()) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "task",
               .subject = "prompts",
               .expected = "at least one that this model can be asked",
               .found = fmt::format("{} refused; the first: {}",
                                    sweep.prompts.refused.size(),
                                    sweep.prompts.refused.front().reason)});
}

Result<TaskSweep> sweep_prompts(const Model& model, const Spec& asked,
                                std::span<const TaskRow> rows, bool all_prompts,
                                const Progress& progress) {
  EXCISE_CHECK(check_task_spec(asked));
  TaskSweep sweep;
  sweep.all_prompts = all_prompts;
  sweep.prompts = EXCISE_TRY(task_prompts(model, rows));
  EXCISE_CHECK(check_prompts(rows, sweep));
  TaskPairs pairs;
  if (!asked.swap.empty())
    pairs = EXCISE_TRY(task_pairs(model, rows, sweep.prompts));
  use_threads(asked.threads);
  Spec spec = asked;
  spec.cells = Cells::kPreset;
  spec.swap.clear();  // no text to swap with
  const TextPlanner planner =
      EXCISE_TRY(TextPlanner::prepare(model, spec, progress));
  sweep.basis_source = planner.bases()->origin().source;
  // Of any prompt: their branches are the same.
  const SweepPlan plan =
      EXCISE_TRY(planner.plan(sweep.prompts.prompts.front().prompt));
  sweep.spec = plan.spec;
  sweep.spec.ids.clear();
  sweep.layers = plan.layers;
  sweep.scores = EXCISE_TRY(score_task(
      model, sweep.prompts.prompts, plan.branches.all,
      [&](std::span<const std::vector<int>> texts) {
        return edits_of(model, planner, texts);
      },
      sweep.spec, progress, sweep.audit));
  for (size_t i = 0; i < sweep.prompts.prompts.size(); ++i) {
    const double changed = sweep.scores.clean[i].metric() -
                           sweep.scores.edited[plan.branches.no_op][i].metric();
    sweep.audit.no_op_max_abs_delta_logprob =
        std::max(sweep.audit.no_op_max_abs_delta_logprob, std::abs(changed));
  }
  EXCISE_CHECK(check_branches(sweep.audit, "task", plan.no_op_layer));
  std::vector<std::vector<TaskScore>> removal;
  for (const size_t branch : plan.branches.removal)
    removal.push_back(std::move(sweep.scores.edited[branch]));
  sweep.scores.edited = std::move(removal);
  sweep.solved_before = solved_in(sweep.scores.clean);
  for (const TaskScore& score : sweep.scores.clean)
    sweep.tested.push_back(all_prompts || score.solved());
  if (!all_prompts && sweep.solved_before == 0) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "task",
         .subject = "prompts",
         .expected = "some that the clean model solves",
         .found = fmt::format("none of {}", sweep.prompts.prompts.size()),
         .hint = "there is nothing to lose; --all-prompts tests all"});
  }
  EXCISE_CHECK(test_layers(rows, sweep));
  if (!asked.swap.empty()) {
    sweep.swap = EXCISE_TRY(swap_task({.model = model,
                                       .planner = planner,
                                       .spec = sweep.spec,
                                       .layers = sweep.layers,
                                       .rows = rows,
                                       .prompts = sweep.prompts,
                                       .removed = sweep.scores.edited,
                                       .all_prompts = all_prompts},
                                      std::move(pairs), progress, sweep.audit));
    sweep.spec.swap = asked.swap;
  }
  sweep.spec.model_fingerprint = model.fingerprint();
  sweep.spec.tokenizer_fingerprint = model.tokenizer_fingerprint();
  return sweep;
}

}  // namespace

Status check_task_spec(const Spec& spec) {
  EXCISE_CHECK(check_spec(spec));
  if (!spec.text.empty() || !spec.ids.empty() || !spec.further_texts.empty()) {
    return fail(ErrorCode::kBadInput, {.where = "task",
                                       .subject = "text",
                                       .expected = "--task or a text",
                                       .found = "both"});
  }
  if (!spec.controls.empty()) return not_yet("--controls");
  if (!spec.variants.empty()) return not_yet("--variants");
  if (!spec.swap.empty() && spec.swap != kCounterparts) {
    return fail(ErrorCode::kBadInput,
                {.where = "task",
                 .subject = "--swap",
                 .expected = std::string(kCounterparts),
                 .found = "a text",
                 .hint = "each prompt of a task is swapped with its own "
                         "counterpart"});
  }
  if (!spec.together.empty()) return not_yet("--together");
  if (spec.scan) return not_yet("--scan");
  if (spec.evidence) return not_yet("--evidence");
  if (spec.parts) return not_yet("--parts");
  if (spec.dormant_share) return not_yet("--dormant-share");
  if (!spec.tokens.all()) return not_yet("a choice of tokens");
  if (spec.compute != Compute::kF32) return not_yet("--compute");
  if (spec.source.this_text()) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "task",
         .subject = "basis",
         .expected = "one that is fitted elsewhere",
         .found = "the few tokens of each prompt itself",
         .hint = "--corpus FILE fits it on a text, --basis-file takes one "
                 "that excise fit wrote"});
  }
  return {};
}

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

Result<TaskSweep> sweep_task(const Model& model, const Spec& spec,
                             std::span<const TaskRow> rows, bool all_prompts,
                             const Progress& progress) {
  try {
    return sweep_prompts(model, spec, rows, all_prompts, progress);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "task",
                 .subject = "memory",
                 .found = "less than these prompts and this model need",
                 .hint = "fewer --layers or --memory-limit need less"});
  }
}

}  // namespace excise
