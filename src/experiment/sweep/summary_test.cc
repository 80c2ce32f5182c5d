#include "experiment/sweep/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "testing/made_result.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Summary summary_of(const SweepResult& result) {
  auto summary = summarize(result, Progress());
  EXPECT_TRUE(summary) << summary.error().message;
  return std::move(summary).value();
}

TEST(Summarize, TestsWithAndWithoutTokenZero) {
  const SweepResult result = made_result(33, {0.5}, {0.2});
  const LayerSummary layer = summary_of(result).layers.at(0);
  const auto& d = result.findings[0].removal.delta_logprob;
  const double sum = std::accumulate(d.begin(), d.end(), 0.0);
  const EffectTests& effect = layer.removal.effect;
  EXPECT_EQ(effect.default_n.n, 32);
  EXPECT_EQ(effect.default_n.df, 31);
  EXPECT_NEAR(*effect.default_n.mean, sum / 32, 1e-12);
  EXPECT_EQ(effect.published_n.n, 33);
  EXPECT_NEAR(*effect.published_n.mean, sum / 33, 1e-12);
  EXPECT_NEAR(*effect.default_n.t,
              *effect.default_n.mean / *effect.default_n.sd * std::sqrt(32.0),
              1e-9);
  EXPECT_LT(*effect.default_n.ci_low, *effect.default_n.mean);
  EXPECT_GT(*effect.default_n.ci_high, *effect.default_n.mean);
  EXPECT_TRUE(effect.wilcoxon.p && effect.sign_flip_p);
  EXPECT_TRUE(effect.default_n.q && layer.empty->effect.default_n.q &&
              layer.removed->effect.default_n.q &&
              layer.interaction->default_n.q);
}

TEST(Summarize, InteractionIsTokenByToken) {
  const SweepResult result = made_result(33, {0.5}, {0.2});
  const LayerSummary layer = summary_of(result).layers.at(0);
  EXPECT_NEAR(*layer.interaction->default_n.mean,
              *layer.removal.effect.default_n.mean -
                  *layer.removed->effect.default_n.mean -
                  *layer.empty->effect.default_n.mean,
              1e-12);
  const LayerSummary one_cell =
      summary_of(made_result(33, {0.5}, {})).layers[0];
  EXPECT_FALSE(one_cell.interaction || one_cell.removed || one_cell.undone ||
               one_cell.cells);
}

// Fieller's interval holds the truth, and there is no share of what costs
// nothing.
TEST(Summarize, ShareUndoneNeedsACost) {
  const LayerSummary costly =
      summary_of(made_result(400, {0.5}, {0.1}, {2.0})).layers[0];
  ASSERT_TRUE(costly.undone && costly.undone->share && costly.undone->interval);
  EXPECT_NEAR(*costly.undone->share,
              1 - *costly.removal.effect.default_n.mean /
                      *costly.removed->effect.default_n.mean,
              1e-12);
  EXPECT_LT(costly.undone->interval->low, 0.75);
  EXPECT_GT(costly.undone->interval->high, 0.75);
  for (const double cost : {0.0, -2.0}) {
    const LayerSummary free =
        summary_of(made_result(400, {0.5}, {0.1}, {cost})).layers[0];
    EXPECT_FALSE(free.undone->share);
    EXPECT_THAT(free.undone->reason, HasSubstr("not above 0"));
  }
}

TEST(Summarize, DescribesBranchAndDirection) {
  const SweepResult result = made_result(16, {0.5}, {});
  const LayerSummary layer = summary_of(result).layers.at(0);
  const BranchEffect& removal = result.findings[0].removal;
  EXPECT_NEAR(layer.removal.drift_end_relative, removal.drift.back() / 2,
              1e-12);
  EXPECT_NEAR(layer.removal.drift_resid_final_relative,
              removal.drift_resid_final / 4, 1e-12);
  EXPECT_NEAR(layer.removal.top1_changed_share,
              std::accumulate(removal.top1_changed.begin(),
                              removal.top1_changed.end(), 0.0) /
                  16,
              1e-12);
  EXPECT_NEAR(layer.sink_share, 1.0 / 16, 1e-12);
  EXPECT_NEAR(layer.v_max_sq, 0.64, 1e-12);
  EXPECT_EQ(layer.v_max_neuron, 0);
  EXPECT_NEAR(layer.v_participation, 1 / (0.4096 + 0.1296), 1e-12);
}

TEST(Summarize, CountsLayersInTheHeadline) {
  const SweepResult result =
      made_result(200, {3.0, 0.0, 1.0, -1.0}, {1.5, 0.0, 0.0, 0.0});
  const Headline headline = summary_of(result).headline;
  EXPECT_THAT(headline.layers_hurt, ElementsAre(0, 2));
  EXPECT_THAT(headline.layers_helped, ElementsAre(3));
  EXPECT_EQ(headline.worst_layer, 0);
  EXPECT_EQ(headline.strongest_layer, 0);
  EXPECT_THAT(headline.removed->layers_hurt, ElementsAre(0, 2));
  EXPECT_THAT(headline.empty->layers_hurt, ElementsAre(0));
  EXPECT_THAT(headline.layers_undone, ElementsAre(0, 2));
}

// What helps most is no worst layer, and what moves most is the strongest.
TEST(Summarize, WorstIsWhatHurts) {
  Headline headline = summary_of(made_result(200, {0.4, -1.5}, {})).headline;
  EXPECT_EQ(headline.worst_layer, 0);
  EXPECT_EQ(headline.strongest_layer, 1);
  headline = summary_of(made_result(200, {-1.0, -1.5}, {})).headline;
  EXPECT_FALSE(headline.worst_layer);
  EXPECT_EQ(headline.strongest_layer, 1);
}

// Of a scan the removal is one cell, and has the q of the grid.
TEST(Summarize, AScanHasOneFamilyOfTests) {
  SweepResult result = made_result(60, {0.5, 0.3}, {});
  result.spec.scan = Scan{ScanMode::kEach, {0, 1, 2}};
  for (LayerFindings& findings : result.findings) {
    for (size_t step = 0; step < 3; ++step) {
      findings.scan.push_back(
          {10, step == 0 ? findings.removal.delta_logprob
                         : made_effect(60, 3, 0, 700 + step).delta_logprob});
    }
  }
  const Summary summary = summary_of(result);
  const std::vector<double> p = [&] {
    std::vector<double> all;
    for (const LayerSummary& layer : summary.layers) {
      for (const ScanStep& step : layer.scan.steps)
        all.push_back(*step.effect.p);
    }
    std::ranges::sort(all);
    return all;
  }();
  for (const LayerSummary& layer : summary.layers) {
    const MeanTest& removal = layer.removal.effect.default_n;
    EXPECT_EQ(*removal.q, *layer.scan.steps[0].effect.q);
    const auto rank = std::ranges::upper_bound(p, *removal.p) - p.begin();
    EXPECT_LE(*removal.q, *removal.p * 6 / static_cast<double>(rank) + 1e-12);
  }
}

TEST(Summarize, WarnsOfRepeatedTokens) {
  SweepResult result = made_result(30, {0.5}, {});
  EXPECT_THAT(summary_of(result).warnings, IsEmpty());
  result.ids.assign(30, 7);
  Summary summary = summary_of(result);
  ASSERT_EQ(summary.warnings.size(), 1U);
  EXPECT_EQ(summary.warnings[0].code, "repeated_tokens");
  EXPECT_THAT(summary.warnings[0].text, HasSubstr("97 %"));
  result.findings[0].removal.delta_logprob[4] = HUGE_VAL;
  summary = summary_of(result);
  ASSERT_EQ(summary.warnings.size(), 2U);
  EXPECT_EQ(summary.warnings[1].code, "not_finite");
}

TEST(Summarize, SaysWhyThereIsNoTest) {
  for (const size_t tokens : {1, 2}) {
    const Summary summary = summary_of(made_result(tokens, {0.5, 1}, {0, 0}));
    const MeanTest& test = summary.layers.at(0).removal.effect.default_n;
    EXPECT_EQ(test.n, tokens - 1);
    EXPECT_FALSE(test.t || test.p || test.q || test.ci_low);
    EXPECT_THAT(test.reason, HasSubstr("token"));
    EXPECT_FALSE(summary.share_vs_t_default_n.pearson.r);
    EXPECT_THAT(summary.share_vs_t_default_n.pearson.reason, Not(IsEmpty()));
    EXPECT_THAT(summary.headline.layers_hurt, IsEmpty());
  }
}

TEST(Summarize, KeepsGoingWhereNumbersAreNotFinite) {
  SweepResult result = made_result(33, {0.5, 0.7, 0.2}, {});
  result.findings[1].removal.delta_logprob[4] =
      std::numeric_limits<double>::quiet_NaN();
  const Summary summary = summary_of(result);
  EXPECT_TRUE(summary.layers[0].removal.effect.default_n.q);
  EXPECT_FALSE(summary.layers[1].removal.effect.default_n.t);
  EXPECT_THAT(summary.layers[1].removal.effect.default_n.reason,
              HasSubstr("finite"));
}

TEST(Summarize, SignFlipsFollowTheSeed) {
  SweepResult result = made_result(33, {0.1, 0.1}, {});
  const auto p = [&] {
    return summary_of(result).layers[1].removal.effect.sign_flip_p.value();
  };
  const double first = p();
  EXPECT_EQ(p(), first);
  result.spec.seed = 1;
  EXPECT_NE(p(), first);
}

TEST(Summarize, StopsWhenCancelled) {
  const std::atomic<bool> cancelled{true};
  Progress progress;
  progress.cancelled = &cancelled;
  const auto summary = summarize(made_result(33, {0.1}, {}), progress);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace excise
