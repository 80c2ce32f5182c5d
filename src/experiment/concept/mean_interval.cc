#include "experiment/concept/mean_interval.h"

#include "math/statistics/one_sample_t.h"

namespace excise {

MeanInterval mean_interval(std::span<const double> values) {
  MeanInterval result{.n = values.size()};
  const auto test = one_sample_t(values);
  if (!test || !test->mean) return result;
  result.mean = *test->mean;
  if (values.size() < 2) return result;
  result.ci95 = Interval{test->ci_low.value_or(result.mean),
                         test->ci_high.value_or(result.mean)};
  return result;
}

}  // namespace excise
