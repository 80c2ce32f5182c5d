#include "experiment/share_undone.h"

#include <algorithm>
#include <cmath>

namespace excise {

Result<ShareUndone> share_undone(std::span<const double> preset,
                                 std::span<const double> removed,
                                 const MeanTest& test) {
  ShareUndone undone;
  const bool finite = std::ranges::all_of(
      preset, [](double value) { return std::isfinite(value); });
  if (!test.ci_low || !finite) {
    undone.reason = "the cost of the removal alone has no interval";
  } else if (*test.ci_low <= 0) {
    undone.reason = "the removal alone costs nothing beyond its interval";
  } else {
    double sum = 0;
    for (const double d : preset) sum += d;
    undone.share =
        1 - sum / static_cast<double>(removed.size()) / *test.mean;
  }
  return undone;
}

}  // namespace excise
