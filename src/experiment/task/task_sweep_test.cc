#include "experiment/task/task_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/common/passages.h"
#include "experiment/task/task_effects.h"
#include "experiment/task/task_text.h"
#include "testing/bundled_model.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::Not;

TaskScore score(double metric) {
  return {.answer = metric - 1, .foil = -1.0, .greedy = false};
}

TEST(TaskSweep, CountsFlipsBothWays) {
  const std::vector<TaskScore> clean = {score(1),  score(2),  score(3),
                                        score(-1), score(-2), score(1)};
  const std::vector<TaskScore> edited = {score(-1), score(1),  score(-2),
                                         score(2),  score(-1), score(0)};
  const TaskFlips flips = flips_of(clean, edited);
  EXPECT_EQ(flips.lost, 3U);  // a metric of 0 is not solved
  EXPECT_EQ(flips.gained, 1U);
  EXPECT_DOUBLE_EQ(*flips.mcnemar_p, 10.0 / 16);
  EXPECT_FALSE(flips_of(clean, clean).mcnemar_p);
}

Spec some_spec() {
  Spec spec;
  spec.source.corpus =
      std::string(EXCISE_SOURCE_DIR) + "/experiments/silver-blaze.txt";
  spec.preset = "pca";
  spec.layers = "0,5";
  return spec;
}

std::vector<TaskRow> some_rows() {
  return {{.line = 2,
           .prompt = "The men",
           .answer = " were",
           .foil = " was",
           .group = "plural"},
          {.line = 3,
           .prompt = "The man",
           .answer = " was",
           .foil = " were",
           .group = "singular"},
          {.line = 4,
           .prompt = "The windows of the house",
           .answer = " were",
           .foil = " was",
           .group = "plural"},
          {.line = 5,
           .prompt = "It",
           .answer = " were",
           .foil = " was",
           .group = "singular"}};
}

TEST(TaskSweep, TestsWhatTheCleanModelSolvesByFullPassesToo) {
  const std::vector<TaskRow> rows = some_rows();
  Spec spec = some_spec();
  const auto sweep = sweep_task(baker(), spec, rows, false, {});
  ASSERT_TRUE(sweep) << sweep.error().message;
  EXPECT_EQ(sweep->basis_source, "corpus");
  ASSERT_EQ(sweep->layers, (std::vector<size_t>{0, 5}));
  ASSERT_EQ(sweep->prompts.prompts.size(), 4U);
  EXPECT_FALSE(sweep->tested[3]);
  EXPECT_LT(sweep->solved_before, 4U);
  spec.executor = Executor::kNaive;
  const auto naive = sweep_task(baker(), spec, rows, true, {});
  ASSERT_TRUE(naive) << naive.error().message;
  for (size_t l = 0; l < 2; ++l) {
    const TaskLayer& layer = sweep->by_layer[l];
    const MeanTest& test = sweep->summary.layers[l].removal.effect.default_n;
    EXPECT_EQ(test.n, sweep->solved_before);
    EXPECT_EQ(naive->summary.layers[l].removal.effect.default_n.n, 4U);
    double sum = 0;
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(sweep->scores.edited[l][i].metric(),
                  naive->scores.edited[l][i].metric(), 2e-4);
      if (!sweep->tested[i]) continue;
      sum +=
          sweep->scores.clean[i].metric() - sweep->scores.edited[l][i].metric();
    }
    EXPECT_NEAR(*test.mean, sum / static_cast<double>(sweep->solved_before),
                1e-12);
    EXPECT_NE(*test.mean, 0.0);
    ASSERT_EQ(layer.groups.size(), 2U);
    EXPECT_EQ(layer.solved_after + layer.flips.lost,
              sweep->solved_before + layer.flips.gained);
  }
  EXPECT_EQ(sweep->groups[0].name, "plural");
  EXPECT_EQ(sweep->groups[0].prompts, 2U);
}

TEST(TaskSweep, ADirectionThatIsOffEverywhereIsTheSameForEachAlone) {
  const std::vector<TaskRow> rows = some_rows();
  const auto together = sweep_task(baker(), some_spec(), rows, true, {});
  ASSERT_TRUE(together) << together.error().message;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto alone = sweep_task(baker(), some_spec(),
                                  std::span(rows).subspan(i, 1), true, {});
    ASSERT_TRUE(alone) << alone.error().message;
    for (size_t l = 0; l < 2; ++l) {
      EXPECT_NEAR(alone->scores.edited[l][0].metric(),
                  together->scores.edited[l][i].metric(), 2e-4);
    }
    EXPECT_FALSE(alone->summary.layers[0].removal.effect.default_n.t);
  }
}

// Without foils a prompt is solved where greedy decoding gives the answer, and
// an edited run may newly do so.
TEST(TaskSweep, OfAnswersAloneFlipsBothWays) {
  const std::vector<TaskRow> rows = {
      {.line = 2, .prompt = "I am", .answer = " not"},
      {.line = 3, .prompt = "I am", .answer = " sure"},
      {.line = 4, .prompt = "Upon the", .answer = " word"},
      {.line = 5, .prompt = "Upon the", .answer = " same"},
      {.line = 6, .prompt = "We were", .answer = " not"},
      {.line = 7, .prompt = "We were", .answer = " all"}};
  Spec spec = some_spec();
  const auto sweep = sweep_task(baker(), spec, rows, true, {});
  ASSERT_TRUE(sweep) << sweep.error().message;
  EXPECT_FALSE(sweep->has_foils());
  spec.executor = Executor::kNaive;
  const auto naive = sweep_task(baker(), spec, rows, true, {});
  ASSERT_TRUE(naive) << naive.error().message;
  for (size_t l = 0; l < sweep->layers.size(); ++l) {
    for (size_t i = 0; i < rows.size(); ++i) {
      const TaskScore& score = sweep->scores.edited[l][i];
      EXPECT_NEAR(score.metric(), naive->scores.edited[l][i].metric(), 2e-4);
      EXPECT_EQ(score.metric(), score.answer);
      EXPECT_EQ(score.solved(), naive->scores.edited[l][i].solved());
    }
    const TaskFlips& flips = sweep->by_layer[l].flips;
    EXPECT_GT(flips.gained, 0U);
    EXPECT_EQ(flips.gained, naive->by_layer[l].flips.gained);
    EXPECT_EQ(flips.lost, naive->by_layer[l].flips.lost);
  }
}

// The words of a sweep, of prompts; and what is not said of them.
TEST(TaskSweep, ControlsScanAndTogetherAreOverPromptsByFullPassesToo) {
  const std::vector<TaskRow> rows = some_rows();
  Spec spec = some_spec();
  spec.controls = {{Control::kRandomRank, 2}, {Control::kNormMatched, 2}};
  spec.scan = Scan{.mode = ScanMode::kCumulative, .components = {0, 1, 2}};
  spec.together = "0,5";
  const auto sweep = sweep_task(baker(), spec, rows, true, {});
  ASSERT_TRUE(sweep) << sweep.error().message;
  spec.executor = Executor::kNaive;
  const auto naive = sweep_task(baker(), spec, rows, true, {});
  ASSERT_TRUE(naive) << naive.error().message;
  for (size_t l = 0; l < 2; ++l) {
    const LayerSummary& layer = sweep->summary.layers[l];
    const LayerSummary& slow = naive->summary.layers[l];
    EXPECT_GT(layer.share, 0);
    EXPECT_LT(layer.share, 100);
    ASSERT_EQ(layer.controls.size(), 2U);
    for (size_t c = 0; c < 2; ++c) {
      ASSERT_EQ(layer.controls[c].mean.size(), 2U);
      for (size_t draw = 0; draw < 2; ++draw) {
        EXPECT_NEAR(layer.controls[c].mean[draw], slow.controls[c].mean[draw],
                    1e-4);
        EXPECT_NE(layer.controls[c].mean[draw], 0.0);
      }
    }
    ASSERT_EQ(layer.scan.steps.size(), 3U);
    EXPECT_EQ(layer.scan.steps[0].effect.n, 4U);
    EXPECT_NEAR(*layer.scan.steps[2].effect.mean,
                *slow.scan.steps[2].effect.mean, 1e-4);
  }
  ASSERT_EQ(sweep->summary.together.size(), 1U);
  EXPECT_NEAR(*sweep->summary.together[0].branch.effect.default_n.mean,
              *naive->summary.together[0].branch.effect.default_n.mean, 1e-4);
  const std::string text = joined(task_passages(*sweep));
  EXPECT_THAT(text, HasSubstr("the task in"));
  EXPECT_THAT(text, HasSubstr("nats a prompt"));
  for (const char* of_a_text : {"next token", "nats a token", "second opinion",
                                "single token", "of their size", "questions"})
    EXPECT_THAT(text, Not(HasSubstr(of_a_text)));
}

TEST(TaskSweep, RefusesByName) {
  const auto refused = [](const Spec& spec) {
    const Status status = check_task_spec(spec);
    return status ? "" : status.error().message;
  };
  EXPECT_EQ(refused(some_spec()), "");
  Spec spec = some_spec();
  spec.source.corpus.clear();
  EXPECT_THAT(refused(spec), HasSubstr("the few tokens of each prompt itself"));
  spec = some_spec();
  spec.parts = true;
  EXPECT_THAT(refused(spec), HasSubstr("--parts"));
  spec = some_spec();
  spec.controls = {{Control::kElsewhere, 3}};
  EXPECT_THAT(refused(spec), HasSubstr("--controls elsewhere"));
  spec = some_spec();
  spec.text = "A text.";
  EXPECT_THAT(refused(spec), HasSubstr("--task or a text"));

  std::vector<TaskRow> rows = some_rows();
  rows[1].foil.reset();
  auto sweep = sweep_task(baker(), some_spec(), rows, false, {});
  ASSERT_FALSE(sweep);
  EXPECT_THAT(sweep.error().message,
              HasSubstr("line 3: expected a foil, as line 2 has, got none"));
  rows[0].foil.reset();
  sweep = sweep_task(baker(), some_spec(), rows, false, {});
  ASSERT_FALSE(sweep);
  EXPECT_THAT(sweep.error().message,
              HasSubstr("line 4: expected no foil, as line 2 has, got one"));
  sweep =
      sweep_task(baker(), some_spec(), std::span(rows).subspan(3), false, {});
  ASSERT_FALSE(sweep);
  EXPECT_THAT(sweep.error().message,
              HasSubstr("some that the clean model solves, got none of 1"));
}

}  // namespace
}  // namespace excise
