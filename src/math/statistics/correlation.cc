#include "math/statistics/correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "math/statistics/finite.h"
#include "math/statistics/least_p.h"
#include "math/statistics/ranks.h"
#include "math/statistics/student_t.h"

namespace excise {
namespace {

bool constant(std::span<const double> values) {
  const auto [low, high] = std::ranges::minmax(values);
  return low == high;
}

// Values less their mean, scaled to length 1; empty when that cannot be.
std::vector<double> standardized(std::span<const double> values) {
  if (constant(values)) return {};
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) /
                      static_cast<double>(values.size());
  std::vector<double> out(values.begin(), values.end());
  double squares = 0;
  for (double& value : out) {
    value -= mean;
    squares += value * value;
  }
  if (!std::isnormal(squares)) return {};
  for (double& value : out) value /= std::sqrt(squares);
  return out;
}

std::optional<double> pearson_r(std::span<const double> x,
                                std::span<const double> y) {
  const std::vector<double> a = standardized(x);
  const std::vector<double> b = standardized(y);
  if (a.empty() || b.empty()) return std::nullopt;
  return std::clamp(std::inner_product(a.begin(), a.end(), b.begin(), 0.0),
                    -1.0, 1.0);
}

std::vector<double> as_they_are(std::span<const double> values) {
  return {values.begin(), values.end()};
}

// 1 / n!
double one_permutation(size_t n) {
  return not_zero(std::exp(-std::lgamma(static_cast<double>(n) + 1)));
}

// The share of all orders of b with |sum a b| at least that of the given one.
// a, b: standardized, so that the sum is r.
double permutation_p(std::span<const double> a, std::span<const double> b) {
  // Values that only rounding tells apart are tied.
  constexpr double kTie = 1e-12;
  const double reached =
      std::abs(std::inner_product(a.begin(), a.end(), b.begin(), 0.0)) - kTie;
  std::vector<size_t> order(b.size());
  std::iota(order.begin(), order.end(), size_t{0});
  double beyond = 0;
  double all = 0;
  do {
    double r = 0;
    for (size_t i = 0; i < a.size(); ++i) r += a[i] * b[order[i]];
    beyond += std::abs(r) >= reached ? 1 : 0;
    ++all;
  } while (std::ranges::next_permutation(order).found);
  return beyond / all;
}

// r is not that of a constant.
double p_of(double r, std::span<const double> x, std::span<const double> y) {
  if (x.size() <= kExactCorrelationUpTo)
    return permutation_p(standardized(x), standardized(y));
  const auto df = static_cast<double>(x.size() - 2);
  const double t = r * std::sqrt(df / ((1 - r) * (1 + r)));
  return std::max(student_t_two_sided_p(t, df), one_permutation(x.size()));
}

bool fewer_than_three_points(std::span<const double> x,
                             std::span<const double> y) {
  const auto differs_from = [&](size_t i, size_t j) {
    return x[i] != x[j] || y[i] != y[j];
  };
  size_t other = 0;  // the first that differs from pair 0
  for (size_t i = 1; i < x.size(); ++i) {
    if (!differs_from(i, 0)) continue;
    if (other == 0) {
      other = i;
    } else if (differs_from(i, other)) {
      return false;
    }
  }
  return true;
}

using Transform = std::vector<double> (*)(std::span<const double>);

void add_interval(std::span<const double> x, std::span<const double> y,
                  Transform transform, const Bootstrap& bootstrap,
                  Correlation& result) {
  constexpr double kPoorAtMost = 0.01;
  std::vector<double> sample_x(x.size());
  std::vector<double> sample_y(y.size());
  double poor = 0;
  double low = 1;
  double high = -1;
  const auto interval = bootstrap_interval(
      x.size(),
      [&](std::span<const size_t> sample) {
        for (size_t i = 0; i < sample.size(); ++i) {
          sample_x[i] = x[sample[i]];
          sample_y[i] = y[sample[i]];
        }
        poor += fewer_than_three_points(sample_x, sample_y) ? 1 : 0;
        const auto r = pearson_r(transform(sample_x), transform(sample_y));
        low = std::min(low, r.value_or(low));
        high = std::max(high, r.value_or(high));
        return r;
      },
      bootstrap);
  constexpr double kSameR = 1e-12;
  if (bootstrap.draws == 0) {
    result.interval_reason = "no bootstrap was asked for";
  } else if (poor > kPoorAtMost * static_cast<double>(bootstrap.draws)) {
    result.interval_reason =
        "too few points: in many resamples fewer than three differ";
  } else if (high - low < kSameR) {
    result.interval_reason = "every resample has the same r";
  } else {
    result.interval = interval;
  }
}

Result<Correlation> correlate(std::span<const double> x,
                              std::span<const double> y,
                              const Bootstrap& bootstrap, Transform transform) {
  if (x.size() != y.size()) {
    return fail(ErrorCode::kBadInput,
                {.where = "correlation",
                 .subject = "the two series",
                 .expected = "the same length",
                 .found = std::to_string(x.size()) + " and " +
                          std::to_string(y.size())});
  }
  EXCISE_CHECK(check_finite("correlation", x));
  EXCISE_CHECK(check_finite("correlation", y));
  Correlation result;
  result.n = x.size();
  if (result.n < 3) {
    result.reason = "fewer than three pairs";
    return result;
  }
  const std::vector<double> a = transform(x);
  const std::vector<double> b = transform(y);
  result.r = pearson_r(a, b);
  if (!result.r) {
    result.reason = constant(x) || constant(y)
                        ? "zero variance (max == min)"
                        : "the variance is beyond double precision";
    return result;
  }
  result.p = p_of(*result.r, a, b);
  add_interval(x, y, transform, bootstrap, result);
  return result;
}

}  // namespace

Result<Correlation> pearson(std::span<const double> x,
                            std::span<const double> y,
                            const Bootstrap& bootstrap) {
  return correlate(x, y, bootstrap, as_they_are);
}

Result<Correlation> spearman(std::span<const double> x,
                             std::span<const double> y,
                             const Bootstrap& bootstrap) {
  return correlate(x, y, bootstrap, mean_ranks);
}

}  // namespace excise
