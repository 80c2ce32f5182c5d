#include "math/statistics/ratio_interval.h"

#include <algorithm>
#include <cmath>

#include "math/statistics/finite.h"
#include "math/statistics/student_t.h"

namespace excise {
namespace {

// In units of `scale`, so that squares stay within double.
double mean_of(std::span<const double> values, double scale) {
  double sum = 0;
  for (const double value : values) sum += value / scale;
  return sum / static_cast<double>(values.size());
}

// Of the mean of a product of deviations: an entry of the covariance of means.
double covariance_of_means(std::span<const double> a, double a_mean,
                           double a_scale, std::span<const double> b,
                           double b_mean, double b_scale) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += (a[i] / a_scale - a_mean) * (b[i] / b_scale - b_mean);
  const auto n = static_cast<double>(a.size());
  return sum / (n - 1) / n;
}

double largest_size(std::span<const double> values) {
  double largest = 0;
  for (const double value : values)
    largest = std::max(largest, std::abs(value));
  return largest > 0 ? largest : 1;
}

bool constant(std::span<const double> values) {
  const auto [low, high] = std::ranges::minmax(values);
  return low == high;
}

}  // namespace

Result<RatioOfMeans> ratio_of_means(std::span<const double> above,
                                    std::span<const double> below) {
  if (above.size() != below.size()) {
    return fail(ErrorCode::kBadInput,
                {.where = "ratio of means",
                 .subject = "the two series",
                 .expected = "the same length",
                 .found = std::to_string(above.size()) + " and " +
                          std::to_string(below.size())});
  }
  EXCISE_CHECK(check_finite("ratio of means", above));
  EXCISE_CHECK(check_finite("ratio of means", below));
  RatioOfMeans result;
  result.n = above.size();
  if (result.n < 2) {
    result.reason = "fewer than two pairs";
    return result;
  }
  const double a_scale = largest_size(above);
  const double b_scale = largest_size(below);
  const double a = mean_of(above, a_scale);
  const double b = mean_of(below, b_scale);
  const double back = a_scale / b_scale;
  if (b == 0 || !std::isfinite(back)) {
    result.reason = "the mean below the line is not told from 0";
    return result;
  }
  result.ratio = a / b * back;
  if (constant(above) && constant(below)) {
    result.reason = "zero variance (max == min)";
    return result;
  }
  const double t = student_t_95(static_cast<double>(result.n - 1));
  const double t2 = t * t;
  // (a - r b)^2 <= t^2 var(a - r b), a quadratic in r.
  const double square =
      b * b - t2 * covariance_of_means(below, b, b_scale, below, b, b_scale);
  const double cross =
      a * b - t2 * covariance_of_means(above, a, a_scale, below, b, b_scale);
  const double rest =
      a * a - t2 * covariance_of_means(above, a, a_scale, above, a, a_scale);
  if (!(square > 0)) {
    result.reason = "the mean below the line is not told from 0";
    return result;
  }
  const double root = std::sqrt(std::max(0.0, cross * cross - square * rest));
  result.interval =
      Interval{(cross - root) / square * back, (cross + root) / square * back};
  return result;
}

}  // namespace excise
