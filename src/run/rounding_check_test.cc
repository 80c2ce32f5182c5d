#include "run/rounding_check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

namespace excise {
namespace {

BranchEffect effect(std::vector<double> delta) {
  BranchEffect effect;
  effect.delta_logprob = std::move(delta);
  return effect;
}

TEST(RoundingSampleTest, TakesTheFirstAndTheMiddleOne) {
  using Indices = std::vector<size_t>;
  EXPECT_EQ(rounding_sample(Indices{}), Indices{});
  EXPECT_EQ(rounding_sample(Indices{4}), Indices{4});
  EXPECT_EQ(rounding_sample(Indices{0, 2}), (Indices{0, 2}));
  EXPECT_EQ(rounding_sample(Indices{0, 2, 4, 6, 8}), (Indices{0, 4}));
}

TEST(RoundingErrorTest, IsRelativeToTheEffectWithoutTokenZero) {
  const RoundingError error =
      compare_rounding(3, effect({0, 3, -4}), effect({9, 3.3, -4.4}));
  EXPECT_EQ(error.layer, 3U);
  EXPECT_DOUBLE_EQ(error.rms_effect, std::sqrt(12.5));
  EXPECT_NEAR(error.relative(), 0.1, 1e-12);
}

TEST(RoundingErrorTest, IsOfWhatWasRequestedToo) {
  BranchEffect f32 = effect({0, 0}), bf16 = effect({0, 0});
  f32.requested = {{2, 7}};
  bf16.requested = {{2.2, 9}};
  const RoundingError error = compare_rounding(0, f32, bf16);
  EXPECT_DOUBLE_EQ(error.rms_effect, std::sqrt(2.0));
  EXPECT_NEAR(error.relative(), 0.1, 1e-12);
}

TEST(RoundingErrorTest, NoEffectHasNoRelativeError) {
  EXPECT_EQ(compare_rounding(0, effect({0}), effect({0})).relative(), 0.0);
  EXPECT_EQ(compare_rounding(0, effect({0, 0}), effect({0, 0})).relative(),
            0.0);
}

TEST(RoundingCheckTest, ASampleOrEveryBranch) {
  using Indices = std::vector<size_t>;
  const Indices removals = {0, 2, 4, 6, 8};
  EXPECT_EQ(rounding_check(CheckRounding::kSample, removals, 9),
            (Indices{0, 4}));
  EXPECT_EQ(rounding_check(CheckRounding::kAll, removals, 4),
            (Indices{0, 1, 2, 3}));
  for (const auto check : {CheckRounding::kSample, CheckRounding::kAll})
    EXPECT_EQ(*parse_check_rounding(check_rounding_name(check)), check);
  EXPECT_FALSE(parse_check_rounding("some"));
}

}  // namespace
}  // namespace excise
