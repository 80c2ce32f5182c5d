#include "experiment/task/task_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "model/forward.h"
#include "testing/bundled_model.h"

namespace excise {
namespace {

constexpr double kTolerance = 1e-4;  // nats, float32 in another order of sums

// Of different lengths, with answers of one and more tokens: with a foil along
// the same tokens, one that leaves them, one behind a longer answer, and none.
std::vector<TaskPrompt> some_prompts() {
  return {{.prompt = {17}, .answer = {40}, .foil = {41}},
          {.prompt = {5, 300, 7, 21, 90}, .answer = {60, 61}, .foil = {60, 62}},
          {.prompt = {88, 3}, .answer = {10, 11, 12}, .foil = {20, 21}},
          {.prompt = {9, 9, 9, 200}, .answer = {33}, .foil = {34, 35, 36}},
          {.prompt = {1, 2, 3, 4, 5, 6, 7, 8}, .answer = {70, 71, 72}},
          {.prompt = {400, 401, 402}, .answer = {50, 51}, .foil = {52}}};
}

// One prompt and one continuation at a time, token by token, from whole logits.
double plain_logprob(const std::vector<int>& prompt,
                     const std::vector<int>& next, bool* greedy = nullptr) {
  const Model& model = baker();
  std::vector<int> ids = prompt;
  double sum = 0;
  if (greedy != nullptr) *greedy = true;
  for (const int token : next) {
    const auto output =
        run_forward(model.config, model.weights, ids, {}, {}).value();
    const Matrix<float> logits =
        unembed(model.weights,
                output.normalized.view().row_range(ids.size() - 1, 1))
            .value();
    const auto row = logits.row(0);
    const double largest = *std::ranges::max_element(row);
    double total = 0;
    for (const float logit : row) total += std::exp(logit - largest);
    const float logit = row[static_cast<size_t>(token)];
    sum += logit - largest - std::log(total);
    if (greedy != nullptr && logit < largest) *greedy = false;
    ids.push_back(token);
  }
  return sum;
}

// Takes part of the value away, the same of each token.
Result<EditText> weaken(std::span<const std::vector<int>>) {
  return EditText([](size_t, size_t, MatrixView<const float> value,
                     std::span<const Branch> branches,
                     std::span<const MatrixView<float>> deltas) -> Status {
    for (size_t b = 0; b < branches.size(); ++b) {
      for (size_t t = 0; t < value.rows(); ++t) {
        for (size_t j = 0; j < value.cols(); ++j)
          deltas[b](t, j) = branches[b].index == 0 ? -0.7F * value(t, j) : 0.0F;
      }
    }
    return {};
  });
}

std::vector<Branch> some_branches() {
  return {{.layer = 1, .tag = {"removal"}, .index = 0},
          {.layer = 4, .tag = {"removal"}, .index = 0},
          {.layer = 4, .tag = {"no_op"}, .index = 1}};
}

TaskScores scores_of(std::span<const TaskPrompt> prompts,
                     std::span<const Branch> branches, Executor executor,
                     BranchAudit& audit) {
  RunOptions options;
  options.executor = executor;
  auto scores =
      score_task(baker(), prompts, branches, weaken, options, {}, audit);
  EXPECT_TRUE(scores) << scores.error().message;
  return scores ? *scores : TaskScores();
}

void expect_same(const TaskScore& a, const TaskScore& b) {
  EXPECT_NEAR(a.answer, b.answer, kTolerance);
  ASSERT_EQ(a.foil.has_value(), b.foil.has_value());
  EXPECT_NEAR(a.foil.value_or(0.0), b.foil.value_or(0.0), kTolerance);
  EXPECT_EQ(a.greedy, b.greedy);
  EXPECT_EQ(a.solved(), b.solved());
}

TEST(TaskScores, AreThoseOfAPlainLoop) {
  std::vector<TaskPrompt> prompts = some_prompts();
  // What greedy decoding gives.
  const Model& model = baker();
  const std::vector<int> start = {5, 300, 7};
  TaskPrompt greedy{.prompt = start};
  for (std::vector<int> ids = start; greedy.answer.size() < 2;) {
    const auto output =
        run_forward(model.config, model.weights, ids, {}, {}).value();
    const Matrix<float> logits =
        unembed(model.weights,
                output.normalized.view().row_range(ids.size() - 1, 1))
            .value();
    const auto row = logits.row(0);
    greedy.answer.push_back(
        static_cast<int>(std::ranges::max_element(row) - row.begin()));
    ids.push_back(greedy.answer.back());
  }
  prompts.push_back(greedy);
  BranchAudit audit;
  const TaskScores scores = scores_of(prompts, {}, Executor::kWavefront, audit);
  ASSERT_EQ(scores.clean.size(), prompts.size());
  for (size_t i = 0; i < prompts.size(); ++i) {
    SCOPED_TRACE(i);
    bool is_greedy = false;
    EXPECT_NEAR(scores.clean[i].answer,
                plain_logprob(prompts[i].prompt, prompts[i].answer, &is_greedy),
                kTolerance);
    EXPECT_EQ(scores.clean[i].greedy, is_greedy);
    ASSERT_EQ(scores.clean[i].foil.has_value(), !prompts[i].foil.empty());
    if (prompts[i].foil.empty()) continue;
    EXPECT_NEAR(*scores.clean[i].foil,
                plain_logprob(prompts[i].prompt, prompts[i].foil), kTolerance);
  }
  EXPECT_TRUE(scores.clean.back().solved());
  EXPECT_FALSE(scores.clean[4].solved());
}

TEST(TaskScores, TogetherAreThoseOfEachAloneAndOfFullPasses) {
  const std::vector<TaskPrompt> prompts = some_prompts();
  const std::vector<Branch> branches = some_branches();
  BranchAudit audit, naive_audit;
  const TaskScores together =
      scores_of(prompts, branches, Executor::kWavefront, audit);
  const TaskScores naive =
      scores_of(prompts, branches, Executor::kNaive, naive_audit);
  EXPECT_EQ(audit.edits_fired, audit.edits_expected);
  EXPECT_EQ(naive_audit.edits_fired, naive_audit.edits_expected);
  for (size_t i = 0; i < prompts.size(); ++i) {
    SCOPED_TRACE(i);
    BranchAudit ignored;
    const TaskScores alone = scores_of(std::span(prompts).subspan(i, 1),
                                       branches, Executor::kWavefront, ignored);
    expect_same(together.clean[i], alone.clean[0]);
    expect_same(together.clean[i], naive.clean[i]);
    for (size_t b = 0; b < branches.size(); ++b) {
      expect_same(together.edited[b][i], alone.edited[b][0]);
      expect_same(together.edited[b][i], naive.edited[b][i]);
    }
    EXPECT_NE(together.edited[0][i].answer, together.clean[i].answer);
    expect_same(together.edited[2][i], together.clean[i]);
  }
}

// Two tokens that follow ids where mlp.hook_pre of a layer is weakened as
// weaken() does it, from whole logits.
std::vector<int> decoded(std::vector<int> ids, size_t layer) {
  const Model& model = baker();
  const HookFunction scale = [](const HookSite&,
                                MatrixView<float> value) -> Status {
    for (size_t t = 0; t < value.rows(); ++t)
      for (float& x : value.row(t)) x += -0.7F * x;
    return {};
  };
  const Hook hook{hook_name({HookPoint::kMlpPre, layer}), scale};
  const size_t first = ids.size();
  while (ids.size() < first + 2) {
    const auto output =
        run_forward(model.config, model.weights, ids, {&hook, 1}, {}).value();
    const Matrix<float> logits =
        unembed(model.weights,
                output.normalized.view().row_range(ids.size() - 1, 1))
            .value();
    const auto row = logits.row(0);
    ids.push_back(
        static_cast<int>(std::ranges::max_element(row) - row.begin()));
  }
  return {ids.end() - 2, ids.end()};
}

TEST(TaskScores, AnEditedRunSolvesWhatItNewlyDecodes) {
  const std::vector<Branch> branches = some_branches();
  std::vector<TaskPrompt> prompts;
  for (const std::vector<int>& start :
       {std::vector<int>{5, 300, 7, 21, 90}, {1, 2, 3, 4, 5, 6, 7, 8}})
    prompts.push_back({.prompt = start, .answer = decoded(start, 1)});
  for (const Executor executor : {Executor::kWavefront, Executor::kNaive}) {
    BranchAudit audit;
    const TaskScores scores = scores_of(prompts, branches, executor, audit);
    size_t gained = 0;
    for (size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_TRUE(scores.edited[0][i].solved());
      gained += scores.clean[i].solved() ? 0 : 1;
      EXPECT_EQ(scores.edited[2][i].solved(), scores.clean[i].solved());
    }
    EXPECT_GT(gained, 0U);
  }
}

TEST(TaskScores, ManyPromptsTakeSeveralPasses) {
  std::vector<TaskPrompt> prompts;
  for (int i = 0; i < 400; ++i) {
    TaskPrompt prompt{.prompt = std::vector<int>(1 + i % 9, 30 + i),
                      .answer = {i},
                      .foil = {i + 1}};
    prompts.push_back(prompt);
  }
  BranchAudit audit;
  const TaskScores scores = scores_of(prompts, {}, Executor::kWavefront, audit);
  EXPECT_GT(scores.tokens, 1024U);
  for (const size_t i : {0, 210, 399}) {
    EXPECT_NEAR(scores.clean[i].answer,
                plain_logprob(prompts[i].prompt, prompts[i].answer),
                kTolerance);
  }
}

// With digits split from their blank the first tokens are the same: the metric
// is that of the second.
TEST(TaskScores, OfAFoilWithTheSameFirstTokenDifferInTheNext) {
  const std::vector<TaskPrompt> prompts = {
      {.prompt = {5, 6}, .answer = {60, 61}, .foil = {60, 62}}};
  BranchAudit audit;
  const TaskScores scores = scores_of(prompts, {}, Executor::kWavefront, audit);
  EXPECT_EQ(scores.tokens, 3U);  // one text for both
  EXPECT_NEAR(scores.clean[0].metric(),
              plain_logprob({5, 6, 60}, {61}) - plain_logprob({5, 6, 60}, {62}),
              kTolerance);
  EXPECT_GT(std::abs(scores.clean[0].metric()), 0.01);
}

}  // namespace
}  // namespace excise
