#include "experiment/concept/mean_interval.h"

#include "math/statistics/one_sample_t.h"

namespace excise {

MeanInterval mean_interval(std::span<const double> values) {
  MeanInterval result{.n = values.size()};
  const auto test = one_sample_t(values);
  if (!test || !test->mean) return result;
  result.mean = *test->mean;
  if (values.size() < 2) return result;
  if (test->ci_low) {
    result.ci95 = Interval{*test->ci_low, *test->ci_high};
  } else if (std::ranges::all_of(values, [](double v) { return v == 0; })) {
    result.ci95 = Interval{0, 0};
  }
  return result;
}

}  // namespace excise
