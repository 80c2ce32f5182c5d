// What the best constant found says, on made-up results.
#include "experiment/sweep/constant_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/sweep/checklist.h"
#include "experiment/sweep/constant_results.h"
#include "testing/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr size_t kTokens = 400;

// Of two layers, both hurt by 2 nats, with codes from 0 to 10. At the first, in
// which code 4 was tried, beside 3 and 6 that cost more, with these means in
// both halves; nothing at the second but what costs as much as the removal.
SweepResult with_constant(double first_half, double second_half,
                          const std::vector<double>& others = {3, 6}) {
  SweepResult result = identity(kTokens, {2, 2});
  for (size_t l = 0; l < 2; ++l) {
    ConstantFindings& found = result.findings[l].constant.emplace();
    for (size_t i = 0; i <= 10; ++i)
      found.codes.push_back(static_cast<double>(i));
    for (const double value : others) {
      found.tries.push_back(
          {value, made_effect(kTokens, 3, 5, 40).delta_logprob});
    }
    auto d = made_effect(kTokens, 3, 0, 41 + l).delta_logprob;
    for (size_t t = 1; t < kTokens; ++t) {
      const double mean = t <= kTokens / 2 - 1 ? first_half : second_half;
      d[t] = l == 0 ? d[t] + mean : result.findings[1].removal.delta_logprob[t];
    }
    found.tries.push_back({4, d});
  }
  return result;
}

TEST(ConstantWords, SayNothingOfWhatWasNotAsked) {
  EXPECT_THAT(passage(identity(kTokens, {2, 0}), "constant"), IsEmpty());
}

TEST(ConstantWords, TellTheHalfThatDidNotChoose) {
  const SweepResult result = with_constant(-3, 0);
  const Summary summary = summary_of(result);
  const ConstantSummary& constant = *summary.layers[0].constant;
  EXPECT_EQ(constant.value, 4);
  EXPECT_EQ(constant.n_chosen_on, 199U);
  EXPECT_EQ(constant.effect.n, 200U);
  EXPECT_NEAR(*constant.effect.mean, 0, 0.3);
  EXPECT_NEAR(*constant.removal.mean, 2, 0.3);
  EXPECT_NEAR(*constant.gain.mean,
              *constant.removal.mean - *constant.effect.mean, 1e-12);
  EXPECT_NEAR(*constant.percentile, 100 * 4.5 / 11, 1e-9);
  // The removal itself is what is best at the second.
  EXPECT_EQ(summary.layers[1].constant->value, 0);
  const std::string text = passage(result, summary, "constant");
  EXPECT_THAT(text,
              HasSubstr("the second half is hurt in 1 of 2 layers (1); there "
                        "the removal hurts it in 2 of 2 layers (q < 0.05"));
  EXPECT_THAT(text, HasSubstr("an upper bound of what the optimal constant"));
  EXPECT_THAT(text, HasSubstr("costs less than the removal in 1 of 2 layers "
                              "(0): there part"));
  EXPECT_THAT(text, Not(HasSubstr("At no layer")));
}

TEST(ConstantWords, ChosenIsNotTold) {
  // It helps where it was chosen, and costs more than the removal elsewhere.
  const std::string text = passage(with_constant(-3, 4), "constant");
  EXPECT_THAT(text, HasSubstr("is hurt in 2 of 2 layers; there the removal"));
  EXPECT_THAT(text, HasSubstr("At no layer is it told apart"));
  EXPECT_THAT(text, Not(HasSubstr("part of what the removal costs")));
}

TEST(ConstantWords, FarConstantsAreSaid) {
  const std::string edge = passage(with_constant(-3, 0, {1, 2}), "constant");
  EXPECT_THAT(edge, HasSubstr("In 2 of 2 layers the best is the farthest"));
  // 0 is below the first percentile, 0.1, of these codes.
  EXPECT_THAT(edge, HasSubstr("In 1 of 2 layers (1) it lies beyond the 1st"));
  SweepResult inside = with_constant(-3, 0);
  for (LayerFindings& findings : inside.findings) {
    findings.constant->codes.front() = -5;
    findings.constant->tries.push_back(
        {-1, made_effect(kTokens, 3, 5, 44).delta_logprob});
  }
  const std::string text = passage(inside, "constant");
  EXPECT_THAT(text, HasSubstr("upper bound"));
  EXPECT_THAT(text, Not(HasSubstr("it lies beyond")));
  EXPECT_THAT(text, Not(HasSubstr("the farthest that was tried")));
}

TEST(ConstantResults, SayEachTry) {
  const Summary summary = summary_of(with_constant(-3, 0));
  const std::string csv = constant_csv(summary);
  EXPECT_THAT(csv, StartsWith("layer,code,mean_chosen_on,best\n0,0,"));
  EXPECT_THAT(csv, HasSubstr("\n0,4,-"));
  EXPECT_THAT(csv, HasSubstr(",1\n0,6,"));
}

TEST(Checklist, AsksForTheConstantOfOneComponent) {
  SweepResult result = with_constant(-3, 0);
  const auto find = [&]() -> std::optional<CheckItem> {
    const auto items = checklist_of(result, summary_of(result));
    const auto found = std::ranges::find(items, "constant", &CheckItem::id);
    return found == items.end() ? std::nullopt : std::optional(*found);
  };
  EXPECT_TRUE(find()->asked);
  EXPECT_EQ(find()->outcome,
            "on the tokens that did not choose it the best constant found "
            "hurts in 1 of 2 layers (1), the removal in 2 of 2 layers; it "
            "costs less in 1 of 2 layers (0)");
  result.spec.remove = {0, 1};
  EXPECT_FALSE(find());
  result = identity(kTokens, {2, 0});
  EXPECT_FALSE(find()->asked);
  EXPECT_EQ(find()->option, "--variants constant");
}

}  // namespace
}  // namespace excise
