// Where effects arise: numbers of made-up effects, and words against numbers.
#include "experiment/sweep/parts_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/sweep/parts_results.h"
#include "testing/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr size_t kTokens = 100;

// Parts of the effect of layer l of two: `direct` times it alone, a quarter of
// it by the edit's write, the rest by the MLP of block 1.
void add_parts(SweepResult& result, size_t l, double direct) {
  BranchEffect& effect = result.findings[l].removal;
  PartsOfEffect& parts = effect.parts;
  parts.shares = Matrix<double>(5, kTokens);
  for (size_t t = 0; t < kTokens; ++t) {
    parts.direct.push_back(direct * effect.delta_logprob[t]);
    parts.shares(0, t) = 0.25 * effect.delta_logprob[t];
    parts.shares(4, t) = 0.75 * effect.delta_logprob[t];
  }
  parts.points = 3;
}

SweepResult two_layers(double first, double second) {
  SweepResult result = identity(kTokens, {2, 1});
  result.spec.parts = true;
  add_parts(result, 0, first);
  add_parts(result, 1, second);
  return result;
}

TEST(PartsSummary, SharesAddUpAndRepairIsOneMinusTheRatio) {
  const Summary summary = summary_of(two_layers(4, 0.5));
  const PartsSummary& parts = *summary.layers[0].parts;
  const double mean = *summary.layers[0].removal.effect.default_n.mean;
  EXPECT_NEAR(*parts.written(), mean / 4, 1e-12);
  EXPECT_NEAR(*parts.by_mlps(), 3 * mean / 4, 1e-12);
  EXPECT_EQ(*parts.by_attn(), 0);
  EXPECT_NEAR(*parts.direct.effect.mean, 4 * mean, 1e-12);
  EXPECT_NEAR(*parts.direct.repair, 0.75, 1e-12);
  EXPECT_NEAR(*summary.layers[1].parts->direct.repair, -1, 1e-12);
  EXPECT_TRUE(parts.direct.effect.q);
}

TEST(PartsSummary, WithoutADirectEffectThereIsNothingToMakeUpFor) {
  const std::vector<double> whole = {1, 2, 3, 4}, direct = {1, -1, 2, -2};
  const auto summary = summarize_direct(whole, direct);
  ASSERT_TRUE(summary);
  EXPECT_FALSE(summary->repair);
  EXPECT_EQ(summary->reason, "no direct effect to make up for");
  // Of a direct effect that helps as well.
  const std::vector<double> helps = {-2, -2.1, -1.9, -2};
  EXPECT_NEAR(*summarize_direct(whole, helps)->repair, 1 + 2.5 / 2, 1e-12);
  EXPECT_FALSE(summarize_direct(whole, std::vector<double>(4, kNaN))->repair);
}

TEST(PartsSummary, BehindTheLastBlockThereIsNoRepair) {
  SweepResult result = two_layers(4, 1);
  PartsOfEffect& last = result.findings[1].removal.parts;
  for (size_t t = 0; t < kTokens; ++t) {
    last.shares(0, t) += last.shares(4, t);
    last.shares(4, t) = 0;
  }
  const Summary summary = summary_of(result);
  const DirectSummary& direct = summary.layers[1].parts->direct;
  EXPECT_TRUE(direct.has_effect());
  EXPECT_FALSE(direct.repair);
  EXPECT_EQ(direct.reason, "no part of the model is behind the edit");
}

TEST(PartsSummary, DrawsOfAControlCountOnceEach) {
  SweepResult result = two_layers(4, 1);
  result.spec.controls = {{Control::kNormMatched, 50}};
  for (LayerFindings& findings : result.findings) {
    ControlFindings& control = findings.controls.emplace_back();
    control.control = Control::kNormMatched;
    for (size_t r = 0; r < 50; ++r) {
      control.delta_logprob.push_back(
          made_effect(kTokens, 2, 0.5, 900 + r).delta_logprob);
      control.direct.push_back(control.delta_logprob.back());
      for (double& d : control.direct.back()) d *= 2;
    }
  }
  const Summary summary = summary_of(result);
  const ControlDirect& control = summary.layers[0].parts->controls.at(0);
  EXPECT_EQ(control.over_draws.effect.n, 50U);
  EXPECT_NEAR(*control.over_draws.repair, 0.5, 1e-12);
  EXPECT_NEAR(*control.p_two_sided, 2.0 / 51, 1e-12);
  EXPECT_THAT(passage(result, summary, "parts"),
              HasSubstr("At layer 0 later parts make up for 50 % (95 % "
                        "interval over draws 50 to 50) of the direct effect "
                        "of norm-matched changes; of the edit's for 75 % (75 "
                        "to 75)."));
}

TEST(PartsWords, FollowTheIntervals) {
  EXPECT_THAT(passage(identity(kTokens, {2, 1}), "parts"), IsEmpty());
  const SweepResult result = two_layers(4, 0.5);
  Summary summary = summary_of(result);
  const auto text = [&] { return passage(result, summary, "parts"); };
  EXPECT_THAT(text(), StartsWith("Of the "));
  EXPECT_THAT(text(), HasSubstr("at layer 0, where it hurts most, "));
  EXPECT_THAT(text(), HasSubstr("an effect in 2 of 2 layers, by 95 % intervals "
                                "that are not corrected"));
  EXPECT_THAT(text(), HasSubstr("; later parts make up for some of it in 1 of "
                                "2 layers (0), add to it in 1 of 2 layers "
                                "(1)."));
  const auto set = [&](size_t layer, double low, double high) {
    summary.layers[layer].parts->direct.interval = Interval{low, high};
  };
  set(0, 1.1, 1.5);
  set(1, -0.5, 0.5);
  EXPECT_THAT(text(), HasSubstr("; later parts for more than all of it in 1 "
                                "of 2 layers (0)."));
  set(0, -1, 1);
  EXPECT_THAT(text(), HasSubstr("in none of them is it told whether"));
  for (LayerSummary& layer : summary.layers) {
    layer.parts->direct.effect.ci_low = -1;
    layer.removal.effect.default_n.q = 0.5;
  }
  EXPECT_THAT(text(), Not(HasSubstr("hurts most")));
  EXPECT_THAT(text(), HasSubstr("in 0 of 2 layers, by 95 % intervals that are "
                                "not corrected for their number: there is "
                                "nothing to make up for."));
  EXPECT_THAT(text(), Not(HasSubstr("miss")));
  summary.layers[1].parts->error = 0.02;
  EXPECT_THAT(text(), HasSubstr("effect miss it by up to 0.02 nats"));
}

TEST(PartsResults, NameEachPart) {
  const Summary summary = summary_of(two_layers(4, 0.5));
  const std::string csv = parts_csv(summary);
  EXPECT_THAT(csv, StartsWith("layer,part,part_layer,n,mean,sd,ci_low,ci_high\n"
                              "0,edit,,99,"));
  EXPECT_THAT(csv, HasSubstr("\n0,attn,0,99,0,,,\n"));
  EXPECT_THAT(csv, HasSubstr("\n1,mlp,1,99,"));
}

}  // namespace
}  // namespace excise
