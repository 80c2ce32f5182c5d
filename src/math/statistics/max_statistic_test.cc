// The max statistic over layers: values of another program, its edges, its
// level and its power.
#include "math/statistics/max_statistic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <vector>

#include "core/random.h"
#include "testing/calibration_tally.h"

namespace excise {
namespace {

// NumPy: z = (X - X.mean(1)) / X.std(1, ddof=1), (1 + sum(max >= |z|)) / 5.
TEST(MaxStatistic, IsThatOfNumpy) {
  const std::vector<RealAndDraws> layers = {
      {0.5, {0.1, -0.2, 0.3, 0}}, {30, {10, -40, 20, 5}}, {1, {2, 3, 4, 2.5}}};
  const MaxStatistic test = max_statistic(layers).value();
  const double z[] = {1.3324197783556895, 0.9284766908852593,
                      -1.3416407864998738};
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    EXPECT_NEAR(*test.z[layer], z[layer], 1e-12);
    EXPECT_DOUBLE_EQ(*test.layer_p[layer], 0.6);
  }
  EXPECT_DOUBLE_EQ(*test.p, 0.6);
  EXPECT_EQ(test.draws, 4);
}

TEST(MaxStatistic, DoesNotDependOnScaleOrPlace) {
  std::vector<RealAndDraws> layers = {{0.5, {0.1, -0.2, 0.3, 0}},
                                      {3, {1, -4, 2, 0.5}}};
  const MaxStatistic before = max_statistic(layers).value();
  for (const double scale : {1e-200, 1e200}) {
    auto scaled = layers;
    scaled[1].real *= scale;
    for (double& draw : scaled[1].draws) draw *= scale;
    const MaxStatistic after = max_statistic(scaled).value();
    EXPECT_NEAR(*after.z[1], *before.z[1], 1e-12);
    EXPECT_EQ(after.p, before.p);
  }
}

TEST(MaxStatistic, LayersThatCannotBeComparedTakeNoPart) {
  const RealAndDraws good = {5, {1, 2, 3, 4}};
  const RealAndDraws equal = {2, {2, 2, 2, 2}};
  const RealAndDraws bad_real = {NAN, {1, 2, 3, 4}};
  const RealAndDraws bad_draw = {9, {1, HUGE_VAL, 3, 4}};
  const MaxStatistic alone =
      max_statistic(std::vector<RealAndDraws>{good}).value();
  for (const RealAndDraws& other : {equal, bad_real, bad_draw}) {
    const MaxStatistic test =
        max_statistic(std::vector<RealAndDraws>{other, good}).value();
    EXPECT_FALSE(test.z[0] || test.layer_p[0]);
    EXPECT_EQ(test.p, alone.p);
    EXPECT_EQ(test.layer_p[1], alone.layer_p[0]);
    const MaxStatistic none =
        max_statistic(std::vector<RealAndDraws>{other}).value();
    EXPECT_FALSE(none.p);
    EXPECT_EQ(none.reason, "at no layer do finite values differ");
  }
}

TEST(MaxStatistic, WithoutLayersOrDrawsSaysWhy) {
  EXPECT_EQ(max_statistic({})->reason, "no layer");
  EXPECT_EQ(max_statistic(std::vector<RealAndDraws>{{1, {}}})->reason,
            "no draw");
}

TEST(MaxStatistic, RefusesDifferentNumbersOfDraws) {
  const std::vector<RealAndDraws> layers = {{1, {1, 2}}, {1, {1, 2, 3}}};
  EXPECT_EQ(max_statistic(layers).error().code, ErrorCode::kBadInput);
}

// Of two values each is as far from their mean: that is a tie, never a find.
TEST(MaxStatistic, OneDrawShowsNothing) {
  const std::vector<RealAndDraws> layers = {{0.1, {0.3}}, {7, {-1.7}}};
  const MaxStatistic test = max_statistic(layers).value();
  EXPECT_EQ(*test.p, 1);
  EXPECT_EQ(*test.layer_p[1], 1);
}

constexpr size_t kLayers = 12;

// Values of a draw (or the real run): correlated over layers, whose scales
// differ by 100, with heavy tails at every third.
std::vector<double> run_of(Random& random) {
  const double shared = random.normal();
  std::vector<double> values(kLayers);
  for (size_t layer = 0; layer < kLayers; ++layer) {
    const double own = random.normal();
    values[layer] = 0.5 * shared + (layer % 3 == 0 ? own * own * own : own);
    if (layer % 2 == 0) values[layer] *= 100;
  }
  return values;
}

std::vector<RealAndDraws> layers_of(size_t repeats, Random& random,
                                    double shift = 0) {
  std::vector<RealAndDraws> layers(kLayers);
  const auto real = run_of(random);
  for (size_t layer = 0; layer < kLayers; ++layer)
    layers[layer].real = real[layer];
  layers[5].real += shift;  // of the small scale
  for (size_t draw = 0; draw < repeats; ++draw) {
    const auto values = run_of(random);
    for (size_t layer = 0; layer < kLayers; ++layer)
      layers[layer].draws.push_back(values[layer]);
  }
  return layers;
}

double rate_of(size_t runs,
               const std::function<bool(const MaxStatistic&)>& found,
               size_t repeats, double shift = 0) {
  size_t count = 0;
  for (size_t run = 0; run < runs; ++run) {
    Random random(17, run);
    count +=
        found(max_statistic(layers_of(repeats, random, shift)).value()) ? 1 : 0;
  }
  return static_cast<double>(count) / static_cast<double>(runs);
}

TEST(MaxStatistic, HoldsItsLevelWhereLayersDifferInScaleByAHundred) {
  constexpr size_t kRuns = 4000;
  for (const size_t repeats : {20, 40}) {
    const double step = 1 / (static_cast<double>(repeats) + 1);
    for (const double steps : {1.0, 2.0, 4.0}) {
      const double level = steps * step;
      const auto sweep = [&](const MaxStatistic& test) {
        return *test.p <= level + 1e-12;
      };
      EXPECT_NEAR(rate_of(kRuns, sweep, repeats), level,
                  3 * std::sqrt(level * (1 - level) / kRuns));
      // Some layer's own p is that small exactly when the sweep's is.
      const auto some_layer = [&](const MaxStatistic& test) {
        return std::ranges::any_of(
            test.layer_p, [&](const auto& p) { return *p <= level + 1e-12; });
      };
      EXPECT_EQ(rate_of(500, some_layer, repeats),
                rate_of(500, sweep, repeats));
    }
  }
}

// Shifts in units of a draw's spread, at one layer of the small scale; normal
// values, so that the spread is what it says.
TEST(MaxStatisticCalibration, FindsAShiftOfAFewSpreads) {
  const size_t runs = calibration_runs(500);
  const struct {
    size_t repeats;
    double shift, least;
  } cases[] = {
      {20, 5, 0.85}, {40, 0, 0}, {40, 3, 0.2}, {40, 4, 0.6}, {40, 5, 0.9}};
  for (const auto& one : cases) {
    double sweep = 0, layer = 0;
    for (size_t run = 0; run < runs; ++run) {
      Random random(23, run);
      std::vector<RealAndDraws> layers(kLayers);
      for (size_t i = 0; i < kLayers; ++i) {
        const double scale = i % 2 == 0 ? 100 : 1;
        layers[i].real = scale * (random.normal() + (i == 5 ? one.shift : 0));
        for (size_t draw = 0; draw < one.repeats; ++draw)
          layers[i].draws.push_back(scale * random.normal());
      }
      const MaxStatistic test = max_statistic(layers).value();
      sweep += *test.p < 0.05 ? 1 : 0;
      layer += *test.layer_p[5] < 0.05 ? 1 : 0;
    }
    const auto count = static_cast<double>(runs);
    std::cout << "max statistic, R " << one.repeats << ", shift " << one.shift
              << ": sweep " << sweep / count << ", that layer " << layer / count
              << " of " << runs << "\n";
    EXPECT_GE(layer / count, one.least);
    if (one.shift > 0) continue;
    EXPECT_NEAR(sweep / count, 2.0 / 41, 3.5 * std::sqrt(0.0464 / count));
  }
}

TEST(MaxStatistic, FindsAShiftAtALayerOfTheSmallScale) {
  const auto found = [](const MaxStatistic& test) {
    return *test.layer_p[5] < 0.05;
  };
  EXPECT_GT(rate_of(300, found, 40, 12), 0.8);
}

}  // namespace
}  // namespace excise
