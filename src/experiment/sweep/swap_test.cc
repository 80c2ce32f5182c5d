// What a text may be swapped with, and what the swap does.
#include "experiment/sweep/swap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/sweep/sweep.h"
#include "math/ops/reference.h"
#include "model/forward.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Swap, TakesTextsOfTheSameLength) {
  const std::vector<int> ids = {4, 8, 15, 16};
  EXPECT_EQ(align(ids, {4, 8, 23, 16})->first_difference, 2);
  EXPECT_EQ(align(ids, {5, 8, 15, 42})->first_difference, 0);
  const auto refusal = [&](std::vector<int> other) {
    const auto aligned = align(ids, std::move(other));
    EXPECT_FALSE(aligned);
    return aligned ? "" : aligned.error().message;
  };
  EXPECT_THAT(refusal({4, 9, 15}),
              HasSubstr("expected as many tokens as the text has, 4, got 3; "
                        "they differ from token 1 on"));
  EXPECT_THAT(refusal({4, 8, 15, 16, 23}), HasSubstr("from token 4 on"));
  EXPECT_THAT(refusal({4, 8, 15, 16}), HasSubstr("the same tokens"));
  EXPECT_THAT(refusal({4, 8, 15, 42}), HasSubstr("the last token alone"));
}

TEST(Swap, CountsTokensBehindTheDifference) {
  EXPECT_THAT(tested_of_swap({}, 6, 2), ElementsAre(3, 4, 5));
  const std::vector<uint8_t> edited = {1, 0, 0, 1, 0, 0};
  EXPECT_THAT(tested_of_swap(edited, 6, 2), ElementsAre(4, 5));
}

class SwapTest : public testing::Test {
 protected:
  // The bundled model on two sentences that differ in one word.
  SweepResult swept(Executor executor, HookPoint hook) const {
    Spec spec;
    spec.text = "The old man said that the boy was in the house by the sea.";
    spec.swap = "The old man said that the girl was in the house by the sea.";
    spec.hook = hook;
    spec.preset = "pca";
    spec.remove = {0, 1};
    spec.layers = "0,5";
    spec.executor = executor;
    spec.permutations = 100;
    auto result = run_sweep(model_, spec, {});
    EXPECT_TRUE(result) << result.error().message;
    return std::move(*result);
  }
  Model model_ = *Model::open(EXCISE_SOURCE_DIR "/models/baker-7m");
};

TEST_F(SwapTest, BothExecutorsAgree) {
  for (const HookPoint hook :
       {HookPoint::kMlpPre, HookPoint::kResidPre, HookPoint::kZ}) {
    const SweepResult fast = swept(Executor::kWavefront, hook);
    const SweepResult naive = swept(Executor::kNaive, hook);
    const auto& other = fast.other_text;
    ASSERT_TRUE(other && naive.other_text);
    ASSERT_EQ(fast.variants.size(), 1);
    const auto expect_near = [&](std::span<const double> a,
                                 std::span<const double> b) {
      double largest = 0;
      for (size_t t = 0; t < a.size(); ++t) {
        EXPECT_NEAR(a[t], b[t], 2e-5) << t;
        if (t <= other->first_difference) {
          EXPECT_EQ(a[t], 0) << t;
        }
        largest = std::max(largest, std::abs(a[t]));
      }
      EXPECT_GT(largest, 1e-3);
    };
    expect_near(other->delta_logprob, naive.other_text->delta_logprob);
    for (size_t l = 0; l < 2; ++l)
      expect_near(fast.findings[l].variants[0], naive.findings[l].variants[0]);
  }
}

TEST_F(SwapTest, TheOtherTextIsItsOwnRun) {
  const SweepResult result = swept(Executor::kWavefront, HookPoint::kMlpPre);
  const ForwardOutput run = *run_forward(model_.config, model_.weights,
                                         result.other_text->ids, {}, {});
  const Matrix<float> logits = *unembed(model_.weights, run.normalized);
  for (size_t t = 1; t < result.ids.size(); ++t) {
    const double other =
        logits(t - 1, result.ids[t]) - log_sum_exp(logits.row(t - 1));
    EXPECT_NEAR(result.other_text->delta_logprob[t],
                result.clean.logprob[t] - other, 2e-5);
  }
}

}  // namespace
}  // namespace excise
