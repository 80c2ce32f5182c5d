#include "math/statistics/finite.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace excise {

bool all_finite(std::span<const double> values) {
  return std::ranges::all_of(values,
                             [](double value) { return std::isfinite(value); });
}

Status check_finite(std::string_view where, std::span<const double> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    return fail(ErrorCode::kBadInput,
                {.where = where,
                 .subject = "a value is not finite",
                 .expected = "finite numbers",
                 .found = std::to_string(values[i]) + " at index " +
                          std::to_string(i)});
  }
  return {};
}

}  // namespace excise
