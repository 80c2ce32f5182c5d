#include "math/statistics/one_sample_t.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "math/statistics/finite.h"
#include "math/statistics/student_t.h"

namespace excise {

Result<OneSampleT> one_sample_t(std::span<const double> values) {
  EXCISE_CHECK(check_finite("t test", values));
  OneSampleT test;
  test.n = values.size();
  const auto n = static_cast<double>(test.n);
  if (test.n > 0)
    test.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (test.n < 2) {
    test.reason = "fewer than two values";
    return test;
  }
  // Not sd == 0: the mean of equal values may be rounded.
  const auto [low, high] = std::ranges::minmax(values);
  if (low == high) {
    test.mean = low;
    test.reason = "zero variance (max == min)";
    return test;
  }
  double squares = 0;
  for (const double value : values) squares += std::pow(value - *test.mean, 2);
  const double sd = std::sqrt(squares / (n - 1));
  if (!std::isnormal(sd)) {
    test.reason = "the variance is beyond double precision";
    return test;
  }
  const double standard_error = sd / std::sqrt(n);
  const double half_width = student_t_95(n - 1) * standard_error;
  test.sd = sd;
  test.t = *test.mean / standard_error;
  test.df = n - 1;
  test.p = student_t_two_sided_p(*test.t, n - 1);
  test.cohen_d = *test.mean / sd;
  test.ci_low = *test.mean - half_width;
  test.ci_high = *test.mean + half_width;
  return test;
}

}  // namespace excise
