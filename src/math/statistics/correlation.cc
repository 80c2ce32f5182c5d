#include "math/statistics/correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "math/statistics/finite.h"
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

std::optional<double> spearman_r(std::span<const double> x,
                                 std::span<const double> y) {
  return pearson_r(mean_ranks(x), mean_ranks(y));
}

using Coefficient = std::optional<double> (*)(std::span<const double>,
                                              std::span<const double>);

Result<Correlation> correlate(std::span<const double> x,
                              std::span<const double> y,
                              const Bootstrap& bootstrap,
                              Coefficient coefficient) {
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
  result.r = coefficient(x, y);
  if (!result.r) {
    result.reason = constant(x) || constant(y)
                        ? "zero variance (max == min)"
                        : "the variance is beyond double precision";
    return result;
  }
  const double r = *result.r;
  const auto df = static_cast<double>(result.n - 2);
  result.p = student_t_two_sided_p(r * std::sqrt(df / ((1 - r) * (1 + r))), df);

  std::vector<double> sample_x(x.size());
  std::vector<double> sample_y(y.size());
  result.interval = bootstrap_interval(
      x.size(),
      [&](std::span<const size_t> sample) {
        for (size_t i = 0; i < sample.size(); ++i) {
          sample_x[i] = x[sample[i]];
          sample_y[i] = y[sample[i]];
        }
        return coefficient(sample_x, sample_y);
      },
      bootstrap);
  return result;
}

}  // namespace

Result<Correlation> pearson(std::span<const double> x,
                            std::span<const double> y,
                            const Bootstrap& bootstrap) {
  return correlate(x, y, bootstrap, pearson_r);
}

Result<Correlation> spearman(std::span<const double> x,
                             std::span<const double> y,
                             const Bootstrap& bootstrap) {
  return correlate(x, y, bootstrap, spearman_r);
}

}  // namespace excise
