// Tests and words of a swap with counterparts, on made-up scores.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "experiment/task/task_swap.h"
#include "experiment/task/task_swap_words.h"
#include "testing/bundled_model.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::Not;

TaskScore score(double metric) {
  return {.answer = metric - 1, .foil = -1.0, .greedy = false};
}

// Pairs of two layers, tested as a task is.
class MadeSwap {
 public:
  // metrics: clean, of the counterpart, under the swap of each layer.
  void add(size_t unit, const std::string& group,
           const std::array<double, 4>& metrics) {
    const size_t i = rows_.size();
    rows_.push_back({.line = i + 2, .group = group});
    prompts_.prompts.push_back({.row = i});
    swap_.pairs.pairs.push_back({.prompt = i, .unit = unit});
    swap_.clean.push_back(score(metrics[0]));
    swap_.counterpart.push_back(score(metrics[1]));
    removed_[0].push_back(score(metrics[0] - 1));
    removed_[1].push_back(score(metrics[0]));
    for (size_t l = 0; l < 2; ++l)
      swap_.swapped[l].push_back(score(metrics[2 + l]));
  }

  void leave_out(PairFault fault) {
    const size_t line =
        2 + swap_.pairs.pairs.size() + swap_.pairs.left_out.size();
    swap_.pairs.left_out.push_back({.line = line, .fault = fault});
  }

  TaskSwap tested(bool all_prompts) {
    Spec spec;
    spec.basis = "neurons";
    const auto planner = TextPlanner::prepare(baker(), spec, {});
    EXPECT_TRUE(planner);
    const std::vector<size_t> layers = {3, 7};
    EXPECT_TRUE(test_swap({.model = baker(),
                           .planner = *planner,
                           .spec = spec,
                           .layers = layers,
                           .rows = rows_,
                           .prompts = prompts_,
                           .removed = removed_,
                           .all_prompts = all_prompts},
                          swap_));
    return swap_;
  }

  std::string words(bool all_prompts = false) {
    return task_swap_words(tested(all_prompts), {}, all_prompts);
  }

 private:
  std::vector<TaskRow> rows_;
  TaskPrompts prompts_;
  std::vector<std::vector<TaskScore>> removed_ =
      std::vector<std::vector<TaskScore>>(2);
  TaskSwap swap_{.swapped = std::vector<std::vector<TaskScore>>(2)};
};

TEST(TaskSwapSummary, APairThatCountsOnceIsItsMean) {
  MadeSwap made;
  made.add(0, "a", {4, -4, 2, -1});  // whole 8; moved 2 and 5
  made.add(0, "a", {2, -2, 2, 1});   // whole 4; moved 0 and 1
  made.add(1, "b", {1, -1, 1, 0});   // whole 2; moved 0 and 1
  made.add(2, "b", {-1, -2, 1, 1});  // not solved
  made.add(3, "b", {3, 1, -1, 1});   // the counterpart is not solved
  const TaskSwap swap = made.tested(false);
  EXPECT_EQ(swap.tested, (std::vector<bool>{true, true, true, false, false}));
  EXPECT_EQ(swap.all.prompts, 3);
  EXPECT_EQ(swap.all.whole.n, 2);
  EXPECT_DOUBLE_EQ(*swap.all.whole.mean, 4);  // of 6 and 2
  const TaskSwapLayer& first = swap.by_layer[0];
  const TaskSwapLayer& second = swap.by_layer[1];
  EXPECT_EQ(first.layer, 3);
  EXPECT_DOUBLE_EQ(*first.effect.test.mean, 0.5);
  EXPECT_DOUBLE_EQ(*first.effect.share.ratio, 0.5 / 4);
  EXPECT_DOUBLE_EQ(*second.effect.test.mean, 2);
  EXPECT_DOUBLE_EQ(*first.effect.removed, 1);
  EXPECT_DOUBLE_EQ(*second.effect.removed, 0);
  EXPECT_EQ(first.effect.turned, 0);
  EXPECT_EQ(second.effect.turned, 1);
  // Of all five; a metric of 0 is neither turned nor solved.
  EXPECT_EQ(first.lost, 1);
  EXPECT_EQ(first.gained, 1);
  EXPECT_EQ(second.lost, 2);
  EXPECT_EQ(second.gained, 1);
  ASSERT_EQ(swap.groups.size(), 2);
  EXPECT_EQ(swap.groups[0].prompts, 2);
  EXPECT_EQ(swap.groups[1].name, "b");
  EXPECT_EQ(swap.groups[1].prompts, 1);
  EXPECT_DOUBLE_EQ(*second.groups[0].test.mean, 3);
  EXPECT_FALSE(second.groups[0].share.ratio);  // of one unit
  EXPECT_FALSE(second.groups[0].test.t);
}

TEST(TaskSwapSummary, AllPromptsAreTestedOnDemand) {
  MadeSwap made;
  made.add(0, "", {-1, -2, 1, 1});
  made.add(1, "", {3, 1, -1, 1});
  EXPECT_EQ(made.tested(false).all.prompts, 0);
  MadeSwap again;
  again.add(0, "", {-1, -2, 1, 1});
  again.add(1, "", {3, 1, -1, 1});
  const TaskSwap swap = again.tested(true);
  EXPECT_EQ(swap.all.prompts, 2);
  EXPECT_TRUE(swap.groups.empty());
}

// Twenty prompts; layer 3 goes a quarter of the way, layer 7 what is said.
MadeSwap twenty(double whole, double second) {
  MadeSwap made;
  for (size_t i = 0; i < 20; ++i) {
    const double noise =
        0.1 * (i % 2 == 0 ? 1 : -1) * (1 + 0.1 * static_cast<double>(i % 5));
    const double clean = 2 + noise;
    made.add(i, "",
             {clean, clean - whole * (1 + noise),
              clean - (whole / 4) * (1 + noise), clean - second - noise});
  }
  return made;
}

TEST(TaskSwapWords, TellWhatIsCarriedOver) {
  std::string text = twenty(4, 0).words();
  EXPECT_THAT(text, HasSubstr("20 prompts, of which 20 are tested, where the "
                              "clean model solves both"));
  EXPECT_THAT(text, Not(HasSubstr("count once")));
  EXPECT_THAT(text, Not(HasSubstr("Left out")));
  EXPECT_THAT(
      text,
      HasSubstr("component 0 in the place of the prompts' change the metric in "
                "1 of 2 layers (3) (q < 0.05); from a prompt to its "
                "counterpart it falls by 4.00 nats on average, and the swap "
                "carries over part of that in 1 of 2 layers (3) (95 % interval "
                "above 0): 25 % at layer 3, where the foil is the likelier one "
                "of 0 of 20 prompts."));
  text = twenty(4, 3).words();
  EXPECT_THAT(text, HasSubstr("in 2 of 2 layers (95 % interval above 0): 25 to "
                              "75 %, most at layer 7, where the foil is the "
                              "likelier one of 20 of 20 prompts."));
  text = twenty(4, -1).words();
  EXPECT_THAT(text, HasSubstr("; it goes the other way at layer 7."));
}

TEST(TaskSwapWords, TellNoShareOfNothing) {
  MadeSwap made;
  for (size_t i = 0; i < 20; ++i) {
    const double noise = i % 2 == 0 ? 0.1 : -0.1;
    made.add(i, "", {2, 2 + 10 * noise, 1 + noise, 2 + noise});
  }
  const std::string text = made.words(true);
  EXPECT_THAT(text, HasSubstr("20 prompts, all of them tested."));
  EXPECT_THAT(text, HasSubstr("change the metric in 1 of 2 layers (3) (q < "
                              "0.05); that it differs between prompts and "
                              "counterparts is not shown"));
  EXPECT_THAT(text, Not(HasSubstr("carries over")));
}

TEST(TaskSwapWords, SayLessWhereNothingIsFound) {
  MadeSwap made;
  for (size_t i = 0; i < 20; ++i) {
    const double noise = i % 2 == 0 ? 0.1 : -0.1;
    made.add(
        i / 2, "",
        {2, i % 4 < 2 ? -2.1 : -1.9, 2 + (i % 4 < 2 ? 0.1 : -0.1), 2 + noise});
  }
  made.leave_out(PairFault::kLength);
  made.leave_out(PairFault::kNoCounterpart);
  made.leave_out(PairFault::kLength);
  const std::string text = made.words();
  EXPECT_THAT(text, HasSubstr("count once, by their mean: n = 10."));
  EXPECT_THAT(text, HasSubstr("Left out of the swap: 3 of 23 prompts: 1 "
                              "without a counterpart (line 23), 2 whose "
                              "counterpart has another number of tokens "
                              "(lines 22, 24)."));
  EXPECT_THAT(text, HasSubstr("in 0 of 2 layers (q < 0.05); from a prompt to "
                              "its counterpart it falls by 4.00 nats on "
                              "average."));
  EXPECT_THAT(text, Not(HasSubstr("carries over")));
  MadeSwap none;
  none.add(0, "", {-1, -2, 1, 1});
  EXPECT_THAT(none.words(),
              HasSubstr("1 prompt, of which none is tested, for of none the "
                        "clean model solves both"));
  EXPECT_THAT(none.words(), Not(HasSubstr("change the metric")));
}

}  // namespace
}  // namespace excise
