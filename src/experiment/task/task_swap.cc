#include "experiment/task/task_swap.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "experiment/sweep/branch_tags.h"
#include "experiment/sweep/swap.h"
#include "experiment/sweep/sweep_edits.h"
#include "experiment/sweep/variants.h"
#include "run/edit_place.h"

namespace excise {
namespace {

// Of the other texts' activations that are kept at once.
constexpr size_t kKeptBytes = size_t{256} << 20;

// What each text of a pass is swapped with.
using OtherTexts = std::map<std::vector<int>, OtherText>;

// Adds those of a pair; false where one of its texts is there with another.
bool add_texts(const TaskPrompt& prompt, const TaskPair& pair,
               OtherTexts& texts) {
  OtherTexts more;
  for (const std::vector<int>* next : {&prompt.answer, &prompt.foil}) {
    OtherText other{predicting_text(pair.counterpart, *next),
                    pair.first_difference};
    auto text = predicting_text(prompt, *next);
    const auto known = texts.find(text);
    if (known != texts.end() && known->second.ids != other.ids) return false;
    more.try_emplace(std::move(text), std::move(other));
  }
  texts.merge(more);
  return true;
}

// The edits of a pass, and the plans that they borrow.
struct SwapEditors {
  std::deque<SweepPlan> plans;
  std::deque<LayerEditor> editors;
};

Result<EditText> swaps_of(const TaskSwapInput& input, const OtherTexts& others,
                          std::span<const std::vector<int>> texts,
                          const Progress& progress) {
  VariantOf swap_alone;
  swap_alone.has_other_text = true;
  auto made = std::make_shared<SwapEditors>();
  for (const std::vector<int>& text : texts) {
    SweepPlan plan = EXCISE_TRY(input.planner.plan(text));
    plan.other = others.at(text);
    plan.branches.variants = variants_of({}, swap_alone);
    made->plans.push_back(std::move(plan));
    made->editors.emplace_back(made->plans.back(), input.model.weights);
    made->editors.back().take_other_text(
        EXCISE_TRY(read_other_text(input.model, *made->plans.back().other,
                                   input.spec.hook, input.layers, progress)));
  }
  return EditText([made](size_t text, size_t layer,
                         MatrixView<const float> value,
                         std::span<const Branch> branches,
                         std::span<const MatrixView<float>> deltas) {
    return edit_layer(made->editors[text], layer, value, branches, deltas);
  });
}

std::vector<Branch> swap_branches(const TaskSwapInput& input) {
  std::vector<Branch> branches;
  for (const size_t layer : input.layers) {
    branches.push_back({.layer = layer,
                        .tag = sweep_branch::kVariant,
                        .hook = input.spec.hook});
  }
  return branches;
}

// Scores the prompts of the pairs first, first + 1, ... as long as their texts
// are not too many and each has one text to swap with. Gives how many.
Result<size_t> score_some(const TaskSwapInput& input, size_t first,
                          size_t most_tokens, const Progress& progress,
                          BranchAudit& audit, TaskSwap& swap) {
  const std::vector<TaskPair>& pairs = swap.pairs.pairs;
  OtherTexts others;
  std::vector<TaskPrompt> prompts;
  for (size_t tokens = 0; first + prompts.size() < pairs.size();) {
    const TaskPair& pair = pairs[first + prompts.size()];
    const TaskPrompt& prompt = input.prompts.prompts[pair.prompt];
    tokens += predicting_text(prompt, prompt.answer).size() +
              predicting_text(prompt, prompt.foil).size();
    if (!prompts.empty() && tokens > most_tokens) break;
    if (!add_texts(prompt, pair, others)) break;
    prompts.push_back(prompt);
  }
  TaskScores scores = EXCISE_TRY(score_task(
      input.model, prompts, swap_branches(input),
      [&](std::span<const std::vector<int>> texts) {
        return swaps_of(input, others, texts, progress);
      },
      input.spec, progress, audit));
  std::ranges::move(scores.clean, std::back_inserter(swap.clean));
  for (size_t l = 0; l < input.layers.size(); ++l)
    std::ranges::move(scores.edited[l], std::back_inserter(swap.swapped[l]));
  return prompts.size();
}

Status score_swaps(const TaskSwapInput& input, const Progress& progress,
                   BranchAudit& audit, TaskSwap& swap) {
  Progress within = progress;
  within.report = nullptr;
  std::vector<TaskPrompt> counterparts;
  for (const TaskPair& pair : swap.pairs.pairs)
    counterparts.push_back(pair.counterpart);
  swap.counterpart = EXCISE_TRY(score_task(input.model, counterparts, {}, {},
                                           input.spec, within, audit))
                         .clean;
  swap.swapped.resize(input.layers.size());
  const size_t token_bytes = sizeof(float) * input.layers.size() *
                             hook_width(input.model.config, input.spec.hook);
  const size_t all = swap.pairs.pairs.size();
  for (size_t done = 0; done < all;) {
    EXCISE_CHECK(progress.check_cancelled());
    if (progress.report) progress.report("swaps", done, all);
    done += EXCISE_TRY(
        score_some(input, done, kKeptBytes / token_bytes, within, audit, swap));
  }
  if (progress.report) progress.report("swaps", all, all);
  return check_branches(audit, "task");
}

}  // namespace

Result<TaskSwap> swap_task(const TaskSwapInput& input, TaskPairs pairs,
                           const Progress& progress, BranchAudit& audit) {
  TaskSwap swap;
  swap.pairs = std::move(pairs);
  EXCISE_CHECK(score_swaps(input, progress, audit, swap));
  EXCISE_CHECK(test_swap(input, swap));
  return swap;
}

}  // namespace excise
