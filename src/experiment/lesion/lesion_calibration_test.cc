// The p of random groups under its null: a group that is itself a random draw
// of neurons. EXCISE_CALIBRATION_RUNS sets how many seeds are tried.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <numeric>

#include "core/random.h"
#include "experiment/bundled_model.h"
#include "experiment/lesion/lesion.h"
#include "math/statistics/empirical_p.h"

namespace excise {
namespace {

constexpr size_t kDraws = 20;

size_t runs(size_t sensible) {
  const char* asked = std::getenv("EXCISE_CALIBRATION_RUNS");
  return asked == nullptr ? sensible : std::stoul(asked);
}

// What one random group more costs the first word, among so many draws of the
// same seed: the draws of a lesion are exchangeable, so that any may stand for
// the group that is tested.
TEST(LesionCalibration, RandomGroupAmongRandomGroups) {
  const size_t count = runs(20);
  std::vector<size_t> at_or_below(kDraws + 2);
  size_t tests = 0;
  for (size_t run = 0; run < count; ++run) {
    LesionSpec spec;
    spec.pairs = parse_pairs(
                     "him\ther\nI saw him.\tI saw her.\nWe met him.\tWe met "
                     "her.\nThey know him.\tThey know her.\nHe told him.\tHe "
                     "told her.\n",
                     "made")
                     .value();
    spec.tests = {"Nobody told him about it."};
    spec.layers = "2,7,11";
    spec.q = 0.9;
    spec.random = kDraws + 1;
    spec.seed = 100 + run;
    const auto result = run_lesion(baker(), spec, {});
    ASSERT_TRUE(result) << result.error().message;
    for (const LayerLesion& layer : result->lesions) {
      for (const GroupLesion* group : {&layer.first, &layer.second}) {
        if (group->zeroed == 0) continue;
        const std::span<const double> all = group->random_selective_loss;
        const auto p =
            empirical_p(all.front(), all.subspan(1), Tail::kAbove).value();
        const auto step = static_cast<size_t>(std::lround(p * (kDraws + 1)));
        for (size_t s = step; s <= kDraws + 1; ++s) ++at_or_below[s];
        ++tests;
      }
    }
  }
  ASSERT_GT(tests, 100U);
  for (const size_t step : {1U, 2U, 5U, 10U}) {
    const double level = static_cast<double>(step) / (kDraws + 1);
    const double share =
        static_cast<double>(at_or_below[step]) / static_cast<double>(tests);
    const double error =
        std::sqrt(level * (1 - level) / static_cast<double>(tests));
    EXPECT_NEAR(share, level, 3.5 * error);
    std::cout << "random groups: P(p <= " << level << ") = " << share << " of "
              << tests << "\n";
  }
}

}  // namespace
}  // namespace excise
