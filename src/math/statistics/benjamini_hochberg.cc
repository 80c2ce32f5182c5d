#include "math/statistics/benjamini_hochberg.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace excise {

Result<std::vector<std::optional<double>>> benjamini_hochberg(
    std::span<const std::optional<double>> p) {
  std::vector<size_t> order;  // of the tests that have a p
  for (size_t i = 0; i < p.size(); ++i) {
    if (!p[i]) continue;
    if (!(*p[i] >= 0 && *p[i] <= 1)) {
      return fail(ErrorCode::kBadInput,
                  {.where = "Benjamini-Hochberg",
                   .subject = "p of test " + std::to_string(i),
                   .expected = "0 to 1",
                   .found = std::to_string(*p[i])});
    }
    order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](size_t i) { return *p[i]; });
  std::vector<std::optional<double>> q(p.size());
  double smallest = 1;
  for (size_t rank = order.size(); rank > 0; --rank) {
    const size_t i = order[rank - 1];
    smallest = std::min(smallest, *p[i] * static_cast<double>(order.size()) /
                                      static_cast<double>(rank));
    q[i] = smallest;
  }
  return q;
}

}  // namespace excise
