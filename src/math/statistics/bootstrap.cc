#include "math/statistics/bootstrap.h"

#include <algorithm>
#include <vector>

#include "core/random.h"
#include "math/statistics/quantile.h"

namespace excise {
std::optional<Interval> bootstrap_interval(
    size_t n,
    const std::function<std::optional<double>(std::span<const size_t> sample)>&
        statistic,
    const Bootstrap& bootstrap) {
  if (n == 0) return std::nullopt;
  Random random(bootstrap.seed, bootstrap.stream);
  std::vector<size_t> sample(n);
  std::vector<double> drawn;
  for (size_t draw = 0; draw < bootstrap.draws; ++draw) {
    for (size_t& index : sample) index = random.below(n);
    if (const auto value = statistic(sample)) drawn.push_back(*value);
  }
  if (drawn.empty()) return std::nullopt;
  std::ranges::sort(drawn);
  return Interval{quantile_of_sorted(drawn, 0.025),
                  quantile_of_sorted(drawn, 0.975)};
}

}  // namespace excise
