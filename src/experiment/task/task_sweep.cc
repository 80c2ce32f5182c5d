#include "experiment/task/task_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <new>
#include <utility>

#include "core/threads.h"
#include "experiment/sweep/sweep_edits.h"
#include "experiment/sweep/sweep_plan.h"
#include "experiment/task/task_effects.h"
#include "intervention/decomposition.h"

namespace excise {
namespace {

tl::unexpected<Error> not_yet(const char* option) {
  return fail(ErrorCode::kUnsupported,
              {.where = "task",
               .subject = option,
               .expected = "a removal alone",
               .hint = "sweep --task has no such branch yet; sweep the prompts "
                       "as texts for it"});
}

// Shares of the variance that are removed, of the texts of all passes.
class Shares {
 public:
  explicit Shares(std::vector<size_t> layers)
      : layers_(std::move(layers)), of_texts_(layers_.size()) {}

  // Of further texts; gives the number of the first of them.
  size_t make_room(size_t texts) {
    const size_t first = of_texts_.front().size();
    for (std::vector<double>& of_layer : of_texts_)
      of_layer.resize(first + texts);
    return first;
  }
  void take(size_t text, size_t layer, MatrixView<const float> value,
            const LayerEditor& editor) {
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i] != layer) continue;
      of_texts_[i][text] =
          energy_share(*editor.decomposition(), value, editor.removed());
    }
  }
  // [layers][texts], %.
  const std::vector<std::vector<double>>& of_texts() const { return of_texts_; }

 private:
  std::vector<size_t> layers_;
  std::vector<std::vector<double>> of_texts_;
};

// Editors of the texts of a pass, which its edits borrow.
struct Editors {
  std::deque<SweepPlan> plans;
  std::deque<LayerEditor> editors;
};

Result<EditText> edits_of(const Model& model, const TextPlanner& planner,
                          std::span<const std::vector<int>> texts,
                          Shares& shares) {
  auto made = std::make_shared<Editors>();
  for (const std::vector<int>& text : texts) {
    made->plans.push_back(EXCISE_TRY(planner.plan(text)));
    made->editors.emplace_back(made->plans.back(), model.weights);
  }
  const size_t first = shares.make_room(texts.size());
  return EditText([made, first, &shares](
                      size_t text, size_t layer, MatrixView<const float> value,
                      std::span<const Branch> branches,
                      std::span<const MatrixView<float>> deltas) -> Status {
    LayerEditor& editor = made->editors[text];
    EXCISE_CHECK(edit_layer(editor, layer, value, branches, deltas));
    shares.take(first + text, layer, value, editor);
    return {};
  });
}

// There are prompts, and one metric serves them all.
Status check_prompts(std::span<const TaskRow> rows, const TaskSweep& sweep) {
  const std::vector<TaskPrompt>& prompts = sweep.prompts.prompts;
  const auto differs = std::ranges::find_if(prompts, [&](const auto& prompt) {
    return prompt.foil.empty() != prompts.front().foil.empty();
  });
  if (differs != prompts.end()) {
    const bool has_foil = !differs->foil.empty();
    return fail(
        ErrorCode::kBadInput,
        {.where = "task",
         .subject = fmt::format("line {}", rows[differs->row].line),
         .expected =
             fmt::format("{}, as line {} has", has_foil ? "no foil" : "a foil",
                         rows[prompts.front().row].line),
         .found = has_foil ? "one" : "none",
         .hint = "log p(answer) and its difference from log p(foil) are not "
                 "averaged together: sweep two files, with foils and without"});
  }
  if (!prompts.empty()) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "task",
               .subject = "prompts",
               .expected = "at least one that this model can be asked",
               .found = fmt::format("{} refused; the first: {}",
                                    sweep.prompts.refused.size(),
                                    sweep.prompts.refused.front().reason)});
}

Status share_controls(const SweepPlan& any, const TaskPrompts& prompts,
                      const Progress& progress, TextPlanner& planner) {
  std::vector<size_t> tokens;
  for (const TaskPrompt& prompt : prompts.prompts)
    tokens.push_back(prompt.prompt.size());
  std::vector<std::vector<int>> drawn;
  for (const size_t i : drawn_texts(tokens, any.spec.seed))
    drawn.push_back(prompts.prompts[i].prompt);
  return planner.share_controls(any, drawn, progress);
}

Status check_no_op(const SweepPlan& plan, TaskSweep& sweep) {
  for (size_t i = 0; i < sweep.scores.clean.size(); ++i) {
    const double changed = sweep.scores.clean[i].metric() -
                           sweep.scores.edited[plan.branches.no_op][i].metric();
    sweep.audit.no_op_max_abs_delta_logprob =
        std::max(sweep.audit.no_op_max_abs_delta_logprob, std::abs(changed));
  }
  return check_branches(sweep.audit, "task", plan.no_op_layer);
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
  spec.swap.clear();  // no text to swap with
  TextPlanner planner = EXCISE_TRY(TextPlanner::prepare(model, spec, progress));
  sweep.basis_source = planner.bases()->origin().source;
  // Of any prompt: their branches are the same.
  const SweepPlan plan =
      EXCISE_TRY(planner.plan(sweep.prompts.prompts.front().prompt));
  EXCISE_CHECK(share_controls(plan, sweep.prompts, progress, planner));
  sweep.spec = plan.spec;
  sweep.spec.ids.clear();
  sweep.spec.model_fingerprint = model.fingerprint();
  sweep.spec.tokenizer_fingerprint = model.tokenizer_fingerprint();
  sweep.layers = plan.layers;
  Shares shares(plan.layers);
  sweep.scores = EXCISE_TRY(score_task(
      model, sweep.prompts.prompts, plan.branches.all,
      [&](std::span<const std::vector<int>> some) {
        return edits_of(model, planner, some, shares);
      },
      sweep.spec, progress, sweep.audit));
  EXCISE_CHECK(check_no_op(plan, sweep));
  EXCISE_CHECK(take_effects(rows, plan, shares.of_texts(), progress, sweep));
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
  if (spec.detail_layer) {
    return fail(ErrorCode::kBadInput,
                {.where = "task",
                 .subject = "--detail-layer",
                 .expected = "none: the matrices of prompts are not kept",
                 .found = std::to_string(*spec.detail_layer)});
  }
  if (repeats_of(spec.controls, Control::kElsewhere) > 0)
    return not_yet("--controls elsewhere");
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
  if (spec.evidence) return not_yet("--evidence");
  if (spec.dormant_share) return not_yet("--dormant-share");
  if (!spec.tokens.all()) return not_yet("a choice of tokens");
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
