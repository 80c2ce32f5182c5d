// What the second opinion holds and what it costs, beside t, on series whose
// truth is known (docs/method.md, "Calibration of tests of dependent tokens").
// EXCISE_CALIBRATION_RUNS sets how many series are drawn.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "core/random.h"
#include "math/statistics/equally_weighted_cosines.h"
#include "math/statistics/one_sample_t.h"
#include "testing/calibration_tally.h"

namespace excise {
namespace {

using Noise = std::function<double(Random&)>;  // of mean 0

// Variance 1.
double normal(Random& random) { return random.normal(); }

// Skewness 2.
double skewed(Random& random) { return -std::log(1 - random.uniform()) - 1; }

// Lognormal of sigma 1.5, less its mean: in 69 values the median excess
// kurtosis is 16, in 500 of them 65.
double lognormal(Random& random) {
  constexpr double kSigma = 1.5;
  return std::exp(kSigma * random.normal()) - std::exp(kSigma * kSigma / 2);
}

// x_t = phi x_(t-1) + noise, from its stationary state; of the variance of the
// noise.
std::vector<double> autoregressive(size_t n, double phi, double shift,
                                   const Noise& noise, Random& random) {
  constexpr size_t kBurnIn = 50;  // 0.6^50 is 1e-11
  std::vector<double> values(n);
  double x = 0;
  for (size_t i = 0; i < kBurnIn + n; ++i) {
    x = phi * x + noise(random);
    if (i >= kBurnIn)
      values[i - kBurnIn] = std::sqrt(1 - phi * phi) * x + shift;
  }
  return values;
}

struct Rates {
  double t = 0, cosines = 0;
};

// Of p below `level`.
Rates found(size_t runs, double level,
            const std::function<std::vector<double>(Random&)>& draw) {
  Rates rates;
  for (size_t run = 0; run < runs; ++run) {
    Random random(2018, run);
    const std::vector<double> values = draw(random);
    rates.t += *one_sample_t(values)->p < level ? 1 : 0;
    rates.cosines += *equally_weighted_cosines(values)->p < level ? 1 : 0;
  }
  rates.t /= static_cast<double>(runs);
  rates.cosines /= static_cast<double>(runs);
  return rates;
}

void tell(const std::string& what, const Rates& rates, size_t runs) {
  std::cout << what << ": t " << 100 * rates.t << " %, cosines "
            << 100 * rates.cosines << " % of " << runs << "\n";
}

// 3.5 standard errors of a share of so many runs.
double margin(double share, size_t runs) {
  return 3.5 * std::sqrt(share * (1 - share) / static_cast<double>(runs));
}

TEST(CosinesCalibration, HoldItsLevelWhereNeighboursDepend) {
  const size_t runs = calibration_runs(800);
  for (const auto& [name, noise] :
       {std::pair<const char*, Noise>{"normal", normal}, {"skewed", skewed}}) {
    for (const double phi : {0.0, 0.3, 0.6}) {
      for (const size_t n : {69, 128, 500}) {
        const Rates rates = found(runs, 0.05, [&](Random& random) {
          return autoregressive(n, phi, 0, noise, random);
        });
        const std::string what = std::string(name) + ", phi " +
                                 std::to_string(phi).substr(0, 3) + ", n " +
                                 std::to_string(n);
        tell(what, rates, runs);
        EXPECT_LT(rates.cosines, 0.08 + margin(0.08, runs)) << what;
        if (phi == 0) {
          EXPECT_NEAR(rates.t, 0.05, 0.015 + margin(0.05, runs)) << what;
          EXPECT_NEAR(rates.cosines, 0.05, 0.015 + margin(0.05, runs)) << what;
        }
        if (phi == 0.6) {
          EXPECT_NEAR(rates.t, 0.34, 0.03 + margin(0.34, runs)) << what;
        }
      }
    }
  }
}

// What it costs: half of the finds of t at the level of a first layer of 12.
TEST(CosinesCalibration, FindLessThanTWhereTokensAreIndependent) {
  const size_t runs = calibration_runs(1500);
  const Rates rates = found(runs, 0.05 / 12, [](Random& random) {
    return autoregressive(69, 0, 0.5, normal, random);
  });
  tell("a shift of 0.5 sd, n 69, p < 0.05 / 12", rates, runs);
  EXPECT_NEAR(rates.t, 0.88, 0.02 + margin(0.88, runs));
  EXPECT_NEAR(rates.cosines, 0.47, 0.02 + margin(0.47, runs));
}

// No test of one text's tokens holds its level there.
TEST(CosinesCalibration, NeitherHoldsWhereTailsAreHeavy) {
  const size_t runs = calibration_runs(1500);
  for (const size_t n : {69, 128, 500}) {
    const Rates rates = found(runs, 0.05, [n](Random& random) {
      return autoregressive(n, 0, 0, lognormal, random);
    });
    tell("lognormal, n " + std::to_string(n), rates, runs);
    if (n != 69) continue;
    EXPECT_NEAR(rates.t, 0.17, 0.01 + margin(0.17, runs));
    EXPECT_NEAR(rates.cosines, 0.14, 0.01 + margin(0.14, runs));
  }
}

}  // namespace
}  // namespace excise
