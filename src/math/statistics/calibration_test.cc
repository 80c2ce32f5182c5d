// What p-values, q-values and intervals promise, on data whose truth is known:
// p is uniform under the null, q holds its rate, intervals cover.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "core/random.h"
#include "math/statistics/benjamini_hochberg.h"
#include "math/statistics/one_sample_t.h"
#include "math/statistics/over_texts.h"
#include "math/statistics/sign_flip.h"
#include "math/statistics/wilcoxon.h"

namespace excise {
namespace {

// sqrt(n) times the largest distance from the uniform distribution function
// (Kolmogorov-Smirnov); above 1.95 with probability 0.001 if p is uniform.
double distance_from_uniform(std::vector<double> p) {
  std::ranges::sort(p);
  const auto n = static_cast<double>(p.size());
  double largest = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    largest = std::max({largest, static_cast<double>(i + 1) / n - p[i],
                        p[i] - static_cast<double>(i) / n});
  }
  return std::sqrt(n) * largest;
}

constexpr double kUniform = 1.95;

std::vector<double> p_values(size_t count,
                             const std::function<double(Random&)>& test) {
  std::vector<double> p;
  for (size_t i = 0; i < count; ++i) {
    Random random(2024, i);
    p.push_back(test(random));
  }
  return p;
}

std::vector<double> normal_values(size_t n, double mean, Random& random) {
  std::vector<double> values(n);
  for (double& value : values) value = mean + random.normal();
  return values;
}

// Heavy tails, symmetric about 0.
std::vector<double> laplace_values(size_t n, Random& random) {
  std::vector<double> values(n);
  for (double& value : values) {
    const double u = random.uniform() - 0.5;
    value = (u < 0 ? 1 : -1) * std::log(1 - 2 * std::abs(u));
  }
  return values;
}

TEST(Calibration, TOfNormalValuesIsUniform) {
  for (const size_t n : {3, 20, 128}) {
    const auto p = p_values(2000, [n](Random& random) {
      return *one_sample_t(normal_values(n, 0, random))->p;
    });
    EXPECT_LT(distance_from_uniform(p), kUniform) << n;
  }
}

TEST(Calibration, DistanceNoticesWhatIsNotUniform) {
  const auto p = p_values(2000, [](Random& random) {
    return *one_sample_t(normal_values(20, 0.1, random))->p;
  });
  EXPECT_GT(distance_from_uniform(p), kUniform);
}

TEST(Calibration, SignFlipsOfHeavyTailsAreUniform) {
  // 12 values: all patterns; 40: drawn ones.
  for (const size_t n : {12, 40}) {
    const auto p = p_values(1000, [n](Random& random) {
      const auto values = laplace_values(n, random);
      return **sign_flip_p(values, 400, random);
    });
    EXPECT_LT(distance_from_uniform(p), kUniform) << n;
  }
}

TEST(Calibration, WilcoxonOfHeavyTailsIsUniform) {
  const auto p = p_values(1000, [](Random& random) {
    return *wilcoxon(laplace_values(60, random))->p;
  });
  EXPECT_LT(distance_from_uniform(p), kUniform);
}

// Share of the discoveries at q < 0.05 that are none, over many experiments of
// 20 tests of which `real` have an effect.
double false_discovery_rate(size_t real, size_t experiments) {
  constexpr size_t kTests = 20;
  double rate = 0;
  for (size_t i = 0; i < experiments; ++i) {
    Random random(77, i);
    std::vector<std::optional<double>> p;
    for (size_t test = 0; test < kTests; ++test) {
      const double mean = test < real ? 1.0 : 0.0;
      p.push_back(one_sample_t(normal_values(20, mean, random))->p);
    }
    const auto q = benjamini_hochberg(p).value();
    double found = 0;
    double wrong = 0;
    for (size_t test = 0; test < kTests; ++test) {
      if (*q[test] >= 0.05) continue;
      found += 1;
      wrong += test < real ? 0 : 1;
    }
    rate += found > 0 ? wrong / found : 0;
  }
  return rate / static_cast<double>(experiments);
}

TEST(Calibration, BenjaminiHochbergHoldsItsRate) {
  // Expected: 0.05 times the share of true nulls; the standard error of the
  // first is 0.007, of the others less.
  EXPECT_NEAR(false_discovery_rate(0, 1000), 0.05, 0.021);
  EXPECT_NEAR(false_discovery_rate(5, 400), 0.0375, 0.016);
  EXPECT_NEAR(false_discovery_rate(15, 400), 0.0125, 0.008);
}

TEST(Calibration, IntervalsOfTCover) {
  constexpr size_t kRuns = 2000;
  double covered = 0;
  for (size_t i = 0; i < kRuns; ++i) {
    Random random(5, i);
    const OneSampleT test = one_sample_t(normal_values(10, 2, random)).value();
    covered += *test.ci_low <= 2 && 2 <= *test.ci_high ? 1 : 0;
  }
  EXPECT_NEAR(covered / kRuns, 0.95, 0.015);
}

// Tokens of a text share its own level: they are not independent.
std::vector<std::vector<double>> clustered_texts(size_t texts, Random& random) {
  std::vector<std::vector<double>> values;
  for (size_t i = 0; i < texts; ++i)
    values.push_back(normal_values(25, random.normal(), random));
  return values;
}

TEST(Calibration, TextsCountedOnceAreUniformWherePooledTokensAreNot) {
  const auto over_texts = p_values(1000, [](Random& random) {
    return *test_texts(clustered_texts(12, random), {.draws = 0})->over_texts.p;
  });
  const auto pooled = p_values(1000, [](Random& random) {
    std::vector<double> all;
    for (const auto& text : clustered_texts(12, random))
      all.insert(all.end(), text.begin(), text.end());
    return *one_sample_t(all)->p;
  });
  EXPECT_LT(distance_from_uniform(over_texts), kUniform);
  EXPECT_GT(distance_from_uniform(pooled), 10);
}

TEST(Calibration, BootstrapOverTextsCovers) {
  constexpr size_t kRuns = 500;
  double covered = 0;
  for (size_t i = 0; i < kRuns; ++i) {
    Random random(6, i);
    const TextsTest test =
        test_texts(clustered_texts(40, random), {.draws = 400, .seed = i})
            .value();
    covered += test.interval->low <= 0 && 0 <= test.interval->high ? 1 : 0;
  }
  // Percentile intervals are a little narrow: 94 % for 40 texts.
  EXPECT_NEAR(covered / kRuns, 0.94, 0.03);
}

}  // namespace
}  // namespace excise
