// The p of random groups under its null: a group that is itself a random draw
// of neurons. EXCISE_CALIBRATION_RUNS sets how many seeds are tried.
#include <gtest/gtest.h>

#include <span>

#include "core/random.h"
#include "experiment/lesion/lesion.h"
#include "math/statistics/empirical_p.h"
#include "testing/bundled_model.h"
#include "testing/calibration_tally.h"

namespace excise {
namespace {

constexpr size_t kDraws = 20;

// What one random group more costs the first word, among so many draws of the
// same seed: the draws of a lesion are exchangeable, so that any may stand for
// the group that is tested.
TEST(LesionCalibration, RandomGroupAmongRandomGroups) {
  const size_t count = calibration_runs(20);
  CalibrationTally tally(kDraws);
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
        tally.add(
            empirical_p(all.front(), all.subspan(1), Tail::kAbove).value());
      }
    }
  }
  tally.expect_calibrated({1, 2, 5, 10}, "random groups");
}

}  // namespace
}  // namespace excise
