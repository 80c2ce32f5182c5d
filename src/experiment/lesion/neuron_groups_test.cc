#include "experiment/lesion/neuron_groups.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace excise {
namespace {

TEST(NeuronGroups, SplitsBySignAndLeavesTheRest) {
  // Neuron 0 always differs one way, 1 the other, 2 never, 3 by noise.
  Random random(1);
  Matrix<float> differences(30, 4);
  for (size_t i = 0; i < 30; ++i) {
    differences(i, 0) = 3 + static_cast<float>(random.normal());
    differences(i, 1) = -3 + static_cast<float>(random.normal());
    differences(i, 2) = 0;
    differences(i, 3) = static_cast<float>(random.normal());
  }
  const auto groups = group_neurons(7, differences, 0.05);
  ASSERT_TRUE(groups) << groups.error().message;
  EXPECT_EQ(groups->layer, 7U);
  EXPECT_EQ(groups->first, std::vector<size_t>{0});
  EXPECT_EQ(groups->second, std::vector<size_t>{1});
  EXPECT_GT(groups->t[0], 5);
  EXPECT_LT(groups->t[1], -5);
  EXPECT_EQ(groups->t[2], 0);
  EXPECT_EQ(groups->q[2], 1);
  // A stricter limit leaves out what is weaker.
  EXPECT_TRUE(group_neurons(7, differences, 1e-30)->first.empty());
}

TEST(NeuronGroups, RefusesWhatCannotBeTested) {
  EXPECT_FALSE(group_neurons(0, Matrix<float>(1, 4), 0.05));
  Matrix<float> bad(3, 1);
  bad(1, 0) = std::nanf("");
  EXPECT_FALSE(group_neurons(0, bad, 0.05));
}

}  // namespace
}  // namespace excise
