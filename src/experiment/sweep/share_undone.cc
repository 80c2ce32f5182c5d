#include "experiment/sweep/share_undone.h"

#include "math/statistics/finite.h"
#include "math/statistics/ratio_interval.h"

namespace excise {

Result<ShareUndone> share_undone(std::span<const double> preset,
                                 std::span<const double> removed,
                                 const MeanTest& test) {
  ShareUndone undone;
  if (!test.ci_low || !all_finite(preset)) {
    undone.reason = "the cost of the removal alone has no interval";
  } else if (*test.ci_low <= 0) {
    undone.reason =
        "the cost of the removal alone is not above 0 with its whole 95 % "
        "interval";
  } else {
    const RatioOfMeans left = EXCISE_TRY(ratio_of_means(preset, removed));
    undone.reason = left.reason;
    if (left.ratio) undone.share = 1 - *left.ratio;
    if (left.interval) {
      undone.interval = Interval{.low = 1 - left.interval->high,
                                 .high = 1 - left.interval->low};
    }
  }
  return undone;
}

}  // namespace excise
