#include "model/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

namespace excise {
namespace {

using testing::HasSubstr;

const std::vector<float> kLogits = {1.0F, 3.0F, 2.0F, 3.0F, -4.0F, 0.5F};

// Share of each token among many draws.
std::map<int, double> shares(const Sampling& sampling) {
  constexpr int kDraws = 20000;
  Sampler sampler(sampling, 11, 0);
  std::map<int, double> found;
  for (int i = 0; i < kDraws; ++i) {
    found[sampler.choose(kLogits)->id] += 1.0 / kDraws;
  }
  return found;
}

double softmax(int id, std::initializer_list<int> kept, double temperature) {
  double total = 0;
  for (const int other : kept) total += std::exp(kLogits[other] / temperature);
  return std::exp(kLogits[id] / temperature) / total;
}

TEST(SamplingTest, GreedyTakesTheFirstOfTheLargest) {
  Sampler sampler({}, 0, 0);
  const auto choice = sampler.choose(kLogits);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->id, 1);
  EXPECT_NEAR(choice->logprob, std::log(softmax(1, {0, 1, 2, 3, 4, 5}, 1)),
              1e-6);
}

TEST(SamplingTest, DrawsAsOftenAsTheTemperatureSays) {
  for (const double temperature : {0.5, 1.0, 2.0}) {
    const auto found = shares({.temperature = temperature});
    for (int id = 0; id < 6; ++id) {
      const double expected = softmax(id, {0, 1, 2, 3, 4, 5}, temperature);
      // Five standard errors.
      EXPECT_NEAR(found.contains(id) ? found.at(id) : 0, expected,
                  5 * std::sqrt(expected / 20000))
          << id << " at " << temperature;
    }
  }
}

TEST(SamplingTest, TopKKeepsTies) {
  const auto one = shares({.temperature = 1, .top_k = 1});
  EXPECT_EQ(one.size(), 2U);  // two share the first place
  EXPECT_NEAR(one.at(1), 0.5, 0.02);
  const auto three = shares({.temperature = 1, .top_k = 3});
  EXPECT_EQ(three.size(), 3U);
  EXPECT_NEAR(three.at(2), softmax(2, {1, 2, 3}, 1), 0.02);
}

TEST(SamplingTest, TopPKeepsTheLeastThatReachesIt) {
  // p: tokens 1 and 3 have 0.387 each, 2 has 0.142.
  EXPECT_EQ(shares({.temperature = 1, .top_p = 0.38}).size(), 1U);
  EXPECT_EQ(shares({.temperature = 1, .top_p = 0.6}).size(), 2U);
  const auto three = shares({.temperature = 1, .top_p = 0.9});
  EXPECT_EQ(three.size(), 3U);
  EXPECT_NEAR(three.at(2), softmax(2, {1, 2, 3}, 1), 0.02);
}

TEST(SamplingTest, SeedAndStreamDecide) {
  const auto draw = [](uint64_t seed, uint64_t stream) {
    Sampler sampler({.temperature = 1}, seed, stream);
    std::vector<int> ids;
    for (int i = 0; i < 40; ++i) ids.push_back(sampler.choose(kLogits)->id);
    return ids;
  };
  EXPECT_EQ(draw(1, 0), draw(1, 0));
  EXPECT_NE(draw(1, 0), draw(2, 0));
  EXPECT_NE(draw(1, 0), draw(1, 1));
}

TEST(SamplingTest, RefusesWhatIsNoDistribution) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()}) {
    for (const double temperature : {0.0, 1.0}) {
      std::vector<float> logits = kLogits;
      logits[4] = bad;
      Sampler sampler({.temperature = temperature}, 0, 0);
      const auto choice = sampler.choose(logits);
      ASSERT_FALSE(choice);
      EXPECT_THAT(choice.error().message, HasSubstr("finite"));
    }
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Sampling bad :
       {Sampling{.temperature = -1}, Sampling{.temperature = nan},
        Sampling{.temperature = 1, .top_p = 0},
        Sampling{.temperature = 1, .top_p = 1.5}, Sampling{.top_k = 5},
        Sampling{.top_p = 0.5}}) {
    EXPECT_FALSE(check_sampling(bad));
  }
  EXPECT_TRUE(check_sampling({.temperature = 1, .top_k = 40, .top_p = 0.9}));
}

}  // namespace
}  // namespace excise
