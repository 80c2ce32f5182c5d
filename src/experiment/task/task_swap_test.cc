// The swap of a task's prompts with their counterparts, against plain forward
// passes.
#include "experiment/task/task_swap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>

#include "experiment/task/task_sweep.h"
#include "intervention/basis_file.h"
#include "intervention/linear_basis.h"
#include "model/forward.h"
#include "model/kept_value.h"
#include "testing/bundled_model.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

using testing::HasSubstr;

constexpr std::array<size_t, 2> kLayers = {0, 5};

std::vector<TaskRow> some_rows() {
  std::vector<TaskRow> rows = {
      {.prompt = "The men", .answer = " were", .foil = " was"},
      {.prompt = "The man", .answer = " was", .foil = " were"},
      // Of several tokens, which do not share a text.
      {.prompt = "Where the windows",
       .answer = " were closed at",
       .foil = " was closed at"},
      {.prompt = "Where the house",
       .answer = " was closed",
       .foil = " were closed at"}};
  rows[0].counterpart = "The man";
  rows[1].counterpart = "The men";
  rows[2].counterpart = "Where the window";
  rows[3].counterpart = "Where the houses";
  for (size_t i = 0; i < rows.size(); ++i) rows[i].line = i + 2;
  return rows;
}

// Three components at each layer, whose atoms are not what their codes count;
// whole: all of the space.
std::shared_ptr<const BasisSet> made_basis(HookPoint hook, bool whole) {
  const size_t width = hook_width(baker().config, hook);
  BasisSet set{.basis = "ged", .provenance = {}, .hooks = {}};
  for (const size_t layer : kLayers) {
    LinearParts parts;
    parts.basis = set.basis;
    parts.atoms = random_matrix<double>(3, width, layer, 0.1);
    parts.filters = random_matrix<double>(3, width, layer + 1, 0.1);
    if (whole) {
      parts.atoms = Matrix<double>(width, width);
      for (size_t j = 0; j < width; ++j) parts.atoms(j, j) = 1;
      parts.filters = {};
    }
    set.hooks.emplace_back(hook_name({hook, layer}),
                           std::make_shared<LinearBasis>(std::move(parts)));
  }
  return std::make_shared<BasisSet>(std::move(set));
}

Spec some_spec(HookPoint hook) {
  Spec spec;
  spec.source.given = made_basis(hook, false);
  spec.remove = {0, 2};
  spec.layers = "0,5";
  spec.hook = hook;
  spec.swap = kCounterparts;
  spec.permutations = 100;
  spec.threads = 1;
  return spec;
}

TaskSweep swept(const Spec& spec, std::span<const TaskRow> rows) {
  auto sweep = sweep_task(baker(), spec, rows, true, {});
  EXPECT_TRUE(sweep) << sweep.error().message;
  return std::move(*sweep);
}

std::vector<int> joint(const TaskPrompt& prompt, std::span<const int> next) {
  std::vector<int> ids = prompt.prompt;
  ids.insert(ids.end(), next.begin(), next.end());
  return ids;
}

double log_sum_exp(std::span<const float> x) {
  double sum = 0;
  for (const float value : x) sum += std::exp(double{value});
  return std::log(sum);
}

// log p of `next`, with the codes of components 0 and 2 changed for those of
// the counterpart.
double slow_logprob(const TaskPrompt& prompt, const TaskPrompt& counterpart,
                    std::span<const int> next, const std::string& hook,
                    const LinearParts& basis) {
  const Model& model = baker();
  Matrix<float> other;
  const std::vector<Hook> keep = {keep_value(hook, other)};
  EXPECT_TRUE(run_forward(model.config, model.weights, joint(counterpart, next),
                          keep, {}));
  const auto exchange = [&](const HookSite&,
                            MatrixView<float> value) -> Status {
    for (size_t t = 0; t < value.rows(); ++t) {
      const std::vector<float> here(value.row(t).begin(), value.row(t).end());
      for (const size_t k : {0, 2}) {
        double difference = 0;
        for (size_t j = 0; j < here.size(); ++j)
          difference += (double{other(t, j)} - here[j]) * basis.filters(k, j);
        for (size_t j = 0; j < here.size(); ++j)
          value(t, j) += static_cast<float>(difference * basis.atoms(k, j));
      }
    }
    return {};
  };
  const std::vector<int> ids = joint(prompt, next);
  const std::vector<Hook> edit = {{hook, exchange}};
  const ForwardOutput run =
      *run_forward(model.config, model.weights, ids, edit, {});
  const Matrix<float> logits = *unembed(model.weights, run.normalized);
  double sum = 0;
  for (size_t t = prompt.prompt.size(); t < ids.size(); ++t)
    sum += logits(t - 1, ids[t]) - log_sum_exp(logits.row(t - 1));
  return sum;
}

TEST(TaskSwap, IsAPlainRunWithExchangedCoordinates) {
  for (const HookPoint hook : {HookPoint::kMlpPre, HookPoint::kResidPre}) {
    std::vector<TaskRow> rows = some_rows();
    rows.erase(rows.begin(),
               rows.begin() + (hook == HookPoint::kMlpPre ? 1 : 2));
    const Spec spec = some_spec(hook);
    const TaskSweep sweep = swept(spec, rows);
    ASSERT_TRUE(sweep.swap);
    EXPECT_EQ(sweep.spec.swap, kCounterparts);
    const TaskSwap& swap = *sweep.swap;
    ASSERT_EQ(swap.pairs.pairs.size(), rows.size());
    for (size_t l = 0; l < 2; ++l) {
      const std::string name = hook_name({hook, kLayers[l]});
      const LinearParts& basis = *linear_parts(*spec.source.given->find(name));
      double largest = 0;
      for (size_t i = 0; i < rows.size(); ++i) {
        const TaskPrompt& prompt = sweep.prompts.prompts[i];
        const TaskPrompt& other = swap.pairs.pairs[i].counterpart;
        EXPECT_NEAR(swap.swapped[l][i].answer,
                    slow_logprob(prompt, other, prompt.answer, name, basis),
                    1e-4);
        EXPECT_NEAR(*swap.swapped[l][i].foil,
                    slow_logprob(prompt, other, prompt.foil, name, basis),
                    1e-4);
        EXPECT_NEAR(swap.clean[i].metric(), sweep.scores.clean[i].metric(),
                    1e-4);
        largest = std::max(largest, std::abs(swap.clean[i].metric() -
                                             swap.swapped[l][i].metric()));
      }
      EXPECT_GT(largest, 0.05);
    }
    EXPECT_EQ(sweep.audit.edits_fired, sweep.audit.edits_expected);
  }
}

TEST(TaskSwap, TheWholeSpaceIsTheCounterpart) {
  const std::vector<TaskRow> rows = some_rows();
  Spec spec = some_spec(HookPoint::kResidPre);
  spec.source.given = made_basis(spec.hook, true);
  spec.remove.resize(baker().config.d_model);
  std::iota(spec.remove.begin(), spec.remove.end(), size_t{0});
  const TaskSweep sweep = swept(spec, rows);
  const TaskSwap& swap = *sweep.swap;
  for (size_t i = 0; i < rows.size(); ++i) {
    TaskRow other = rows[i];
    other.prompt = *rows[i].counterpart;
    BranchAudit audit;
    const auto alone =
        score_task(baker(), std::vector{*task_prompt(baker(), other)}, {}, {},
                   spec, {}, audit);
    for (size_t l = 0; l < 2; ++l) {
      EXPECT_NEAR(swap.swapped[l][i].answer, alone->clean[0].answer, 2e-4);
      EXPECT_NEAR(*swap.swapped[l][i].foil, *alone->clean[0].foil, 2e-4);
    }
    EXPECT_NEAR(swap.counterpart[i].metric(), alone->clean[0].metric(), 1e-4);
  }
  const auto turned = std::ranges::count_if(
      swap.counterpart,
      [](const TaskScore& score) { return score.metric() < 0; });
  EXPECT_GT(turned, 0);
  for (const TaskSwapLayer& layer : swap.by_layer) {
    EXPECT_NEAR(*layer.effect.share.ratio, 1, 1e-4);
    EXPECT_EQ(layer.effect.turned, turned);
  }
}

TEST(TaskSwap, WithThePromptItselfChangesNothing) {
  const std::vector<TaskRow> rows = some_rows();
  Spec spec = some_spec(HookPoint::kMlpPre);
  spec.swap.clear();
  const auto planner = TextPlanner::prepare(baker(), spec, {});
  const TaskPrompts prompts = *task_prompts(baker(), rows);
  TaskPairs pairs;
  for (size_t i = 0; i < rows.size(); ++i)
    pairs.pairs.push_back(
        {.prompt = i, .counterpart = prompts.prompts[i], .unit = i});
  const std::vector<std::vector<TaskScore>> removed(
      2, std::vector<TaskScore>(rows.size()));
  BranchAudit audit;
  const auto swap = swap_task({.model = baker(),
                               .planner = *planner,
                               .spec = spec,
                               .layers = kLayers,
                               .rows = rows,
                               .prompts = prompts,
                               .removed = removed,
                               .all_prompts = true},
                              std::move(pairs), {}, audit);
  ASSERT_TRUE(swap) << swap.error().message;
  for (size_t l = 0; l < 2; ++l) {
    for (size_t i = 0; i < rows.size(); ++i)
      EXPECT_NEAR(swap->swapped[l][i].metric(), swap->clean[i].metric(), 2e-5);
  }
}

TEST(TaskSwap, BothExecutorsAgree) {
  const std::vector<TaskRow> all = some_rows();
  const auto rows = std::span(all).subspan(1, 2);
  Spec spec = some_spec(HookPoint::kMlpPost);
  const TaskSweep fast = swept(spec, rows);
  spec.executor = Executor::kNaive;
  const TaskSweep naive = swept(spec, rows);
  for (size_t l = 0; l < 2; ++l) {
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_NEAR(fast.swap->swapped[l][i].metric(),
                  naive.swap->swapped[l][i].metric(), 2e-4);
    }
  }
}

// The text "The men" has another counterpart in each row.
TEST(TaskSwap, APromptMayHaveSeveralCounterparts) {
  std::vector<TaskRow> rows = some_rows();
  rows.resize(2);
  rows[1] = rows[0];
  rows[1].foil = " is";
  rows[1].counterpart = "The house";
  const Spec spec = some_spec(HookPoint::kMlpPre);
  const TaskSweep both = swept(spec, rows);
  ASSERT_EQ(both.swap->pairs.pairs.size(), 2);
  EXPECT_EQ(both.swap->pairs.pairs[1].unit, 1);
  for (size_t i = 0; i < 2; ++i) {
    const TaskSweep alone = swept(spec, std::span(rows).subspan(i, 1));
    for (size_t l = 0; l < 2; ++l) {
      EXPECT_NEAR(both.swap->swapped[l][i].metric(),
                  alone.swap->swapped[l][0].metric(), 2e-4);
    }
  }
  EXPECT_GT(std::abs(both.swap->swapped[1][0].answer -
                     both.swap->swapped[1][1].answer),
            1e-3);
}

TEST(TaskPairs, LeavesOutByName) {
  std::vector<TaskRow> rows = some_rows();
  rows.push_back(
      {.prompt = "The men of the house", .answer = " were", .foil = " was"});
  rows.push_back(rows.back());
  rows.back().counterpart = "The men of the house";
  rows.push_back(rows.back());
  rows.back().counterpart = "The man of house";
  rows.push_back(rows.back());
  rows.back().counterpart = "The man of the house";
  rows.back().foil.reset();
  for (size_t i = 0; i < rows.size(); ++i) rows[i].line = i + 2;
  const TaskPrompts prompts = *task_prompts(baker(), rows);
  ASSERT_EQ(prompts.prompts.size(), rows.size());
  const auto found = task_pairs(baker(), rows, prompts);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->pairs.size(), 4);
  EXPECT_EQ(found->pairs[0].unit, found->pairs[1].unit);
  EXPECT_EQ(found->pairs[2].unit, 1);
  EXPECT_EQ(found->pairs[3].unit, 2);
  EXPECT_EQ(found->pairs[2].first_difference,
            prompts.prompts[2].prompt.size() - 1);
  std::map<size_t, PairFault> faults;
  for (const UnpairedPrompt& one : found->left_out)
    faults[one.line - 2] = one.fault;
  EXPECT_EQ(faults, (std::map<size_t, PairFault>{{4, PairFault::kNoCounterpart},
                                                 {5, PairFault::kSame},
                                                 {6, PairFault::kLength},
                                                 {7, PairFault::kNoFoil}}));
  EXPECT_EQ(found->left_out[2].reason,
            "the prompt has 5 tokens, its counterpart 4");

  for (TaskRow& row : rows) row.counterpart.reset();
  const auto none = task_pairs(baker(), rows, prompts);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("none of 8; line 2: without a"));
}

TEST(TaskSwap, TakesNoText) {
  Spec spec = some_spec(HookPoint::kMlpPre);
  EXPECT_TRUE(check_task_spec(spec));
  spec.swap = "The man";
  const Status status = check_task_spec(spec);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("--swap: expected counterparts, got a text"));
}

}  // namespace
}  // namespace excise
