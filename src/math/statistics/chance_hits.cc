#include "math/statistics/chance_hits.h"

#include <cmath>

namespace excise {

ChanceHits chance_hits(size_t tests, double level) {
  const auto n = static_cast<double>(tests);
  if (tests == 0 || level <= 0) return {};
  return {.expected = n * level,
          .at_least_one = -std::expm1(n * std::log1p(-level))};
}

}  // namespace excise
