#include "math/statistics/equally_weighted_cosines.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "math/statistics/finite.h"
#include "math/statistics/student_t.h"

namespace excise {
namespace {

// max(2, floor(0.41 n^(2/3))), at most n - 1.
size_t number_of_cosines(size_t n) {
  constexpr double kRounding = 1e-9;  // 0.41 * 100 is 41
  const auto size = static_cast<double>(n);
  const auto wanted =
      static_cast<size_t>(0.41 * std::cbrt(size * size) + kRounding);
  return std::min(std::max<size_t>(wanted, 2), n - 1);
}

// Omega, of values less their mean. All angles are multiples of pi / (2 n).
double long_run_variance(std::span<const double> centred, size_t cosines) {
  const size_t n = centred.size();
  const size_t period = 4 * n;
  std::vector<double> cosine(period);
  for (size_t i = 0; i < period; ++i) {
    cosine[i] = std::cos(std::numbers::pi * static_cast<double>(i) /
                         static_cast<double>(2 * n));
  }
  double squares = 0;
  for (size_t j = 1; j <= cosines; ++j) {
    double sum = 0;
    size_t angle = j;  // j (2 t - 1) for t = 1, 2, ...
    for (const double value : centred) {
      sum += value * cosine[angle];
      angle = (angle + 2 * j) % period;
    }
    squares += sum * sum;
  }
  return 2 * squares / static_cast<double>(n * cosines);
}

}  // namespace

Result<EquallyWeightedCosines> equally_weighted_cosines(
    std::span<const double> values) {
  EXCISE_CHECK(check_finite("test of equally weighted cosines", values));
  EquallyWeightedCosines test;
  test.n = values.size();
  if (test.n < kFewestForCosines) {
    test.reason = "fewer than eight values";
    return test;
  }
  const auto [low, high] = std::ranges::minmax(values);
  if (low == high) {
    test.reason = "zero variance (max == min)";
    return test;
  }
  const auto n = static_cast<double>(test.n);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  std::vector<double> centred(values.begin(), values.end());
  double squares = 0;
  double neighbours = 0;
  for (size_t i = 0; i < centred.size(); ++i) {
    centred[i] -= mean;
    squares += centred[i] * centred[i];
    if (i > 0) neighbours += centred[i] * centred[i - 1];
  }
  const double variance = squares / (n - 1);
  if (!std::isnormal(variance)) {
    test.reason = "the variance is beyond double precision";
    return test;
  }
  test.lag1 = neighbours / squares;
  const size_t cosines = number_of_cosines(test.n);
  const double omega = long_run_variance(centred, cosines);
  // A series of high frequencies alone has none but rounding.
  constexpr double kRounding = 1e-24;
  if (!(omega > kRounding * variance) || !std::isnormal(omega)) {
    test.reason = "no variance at low frequencies";
    return test;
  }
  const auto df = static_cast<double>(cosines);
  const double standard_error = std::sqrt(omega / n);
  const double half_width = student_t_95(df) * standard_error;
  test.df = df;
  test.t = mean / standard_error;
  test.p = student_t_two_sided_p(*test.t, df);
  test.ci_low = mean - half_width;
  test.ci_high = mean + half_width;
  test.n_effective = std::min(n, n * variance / omega);
  return test;
}

}  // namespace excise
