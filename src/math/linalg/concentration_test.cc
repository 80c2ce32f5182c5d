#include "math/linalg/concentration.h"

#include <gtest/gtest.h>

#include <cmath>

namespace excise {
namespace {

TEST(Concentration, SinkShareIsThatOfTheFirstToken) {
  EXPECT_DOUBLE_EQ(sink_share(std::vector<double>{-0.6, 0.8}), 0.36);
  EXPECT_EQ(sink_share({}), 0);
}

TEST(Concentration, ParticipationCountsEqualNeurons) {
  EXPECT_DOUBLE_EQ(neuron_participation(std::vector<double>{0, -1, 0}), 1);
  EXPECT_NEAR(neuron_participation(std::vector<double>(64, 0.125)), 64, 1e-12);
  EXPECT_EQ(neuron_participation(std::vector<double>(3)), 0);
}

TEST(Concentration, TopNeuronsAreTheLargestInMagnitude) {
  const std::vector<double> v = {0.1, -0.7, 0.5, 0.1, 0.5};
  EXPECT_EQ(top_neurons(v, 3), (std::vector<size_t>{1, 2, 4}));
  EXPECT_EQ(top_neurons(v, 9), (std::vector<size_t>{1, 2, 4, 0, 3}));
  EXPECT_TRUE(top_neurons(v, 0).empty());
}

}  // namespace
}  // namespace excise
