// How often the interval of what later parts make up for holds the truth, and
// how often it is given, on tokens whose truth is known (docs/method.md, "Where
// the effect arises"). EXCISE_CALIBRATION_RUNS sets how many are drawn.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "core/random.h"
#include "math/statistics/one_sample_t.h"
#include "math/statistics/ratio_interval.h"
#include "math/statistics/student_t.h"
#include "testing/calibration_tally.h"

namespace excise {
namespace {

struct Noise {
  std::string name;
  std::function<double(Random&)> draw;  // of mean 0
  double sd = 1;
};

// Lognormal of sigma 1.5, less its mean: in 69 values the median excess
// kurtosis is 16, in 500 of them 65.
constexpr double kSigma = 1.5;

Noise normal() {
  return {"normal", [](Random& random) { return random.normal(); }, 1};
}

// Student's with 3 degrees of freedom: heavy tails on both sides.
Noise student() {
  return {"t(3)",
          [](Random& random) {
            double squares = 0;
            for (int i = 0; i < 3; ++i) {
              const double one = random.normal();
              squares += one * one;
            }
            return random.normal() / std::sqrt(squares / 3);
          },
          std::sqrt(3.0)};
}

Noise lognormal() {
  const double s2 = kSigma * kSigma;
  return {"lognormal",
          [s2](Random& random) {
            return std::exp(kSigma * random.normal()) - std::exp(s2 / 2);
          },
          std::sqrt((std::exp(s2) - 1) * std::exp(s2))};
}

constexpr double kLeft = 0.4;  // of what the edit does alone: 60 % is made up

struct Coverage {
  double given = 0;    // of all: bounded, as repair is told
  double covered = 0;  // of all: the limits, or none, do not exclude the truth
  double covered_given = 0;  // of those given
};

struct Tokens {
  size_t n = 69;
  double strength = 4;  // mean of e, in standard errors
  // By how much d varies with e from token to token: with kLeft what is left
  // over does not hang on e, with 1 it does.
  double slope = kLeft;
};

Coverage coverage(size_t runs, const Noise& noise, const Tokens& tokens) {
  size_t given = 0, covered = 0, held = 0;
  const size_t n = tokens.n;
  const double limit = student_t_95(static_cast<double>(n - 1));
  const double shift =
      tokens.strength * noise.sd / std::sqrt(static_cast<double>(n));
  for (size_t run = 0; run < runs; ++run) {
    Random random(1954, run);
    std::vector<double> e(n), d(n), left(n);
    for (size_t t = 0; t < n; ++t) {
      const double own = noise.draw(random);
      e[t] = shift + own;
      d[t] = kLeft * shift + tokens.slope * own + 0.5 * noise.draw(random);
      left[t] = d[t] - kLeft * e[t];
    }
    const RatioOfMeans ratio = ratio_of_means(d, e).value();
    // What the interval stands for, by another way.
    const bool within = std::abs(*one_sample_t(left)->t) <= limit;
    covered += within ? 1 : 0;
    if (!ratio.interval) continue;
    ++given;
    const bool holds =
        ratio.interval->low <= kLeft && kLeft <= ratio.interval->high;
    EXPECT_EQ(holds, within) << run;
    held += holds ? 1 : 0;
  }
  const auto all = static_cast<double>(runs);
  const Coverage found{static_cast<double>(given) / all,
                       static_cast<double>(covered) / all,
                       static_cast<double>(held) / static_cast<double>(given)};
  std::cout << noise.name << ", n " << n << ", mean e " << tokens.strength
            << " standard errors, slope " << tokens.slope << ": given "
            << found.given << ", covers " << found.covered_given
            << " of these, " << found.covered << " of all\n";
  return found;
}

double tolerance(double rate, double runs) {
  return 3.5 * std::sqrt(rate * (1 - rate) / runs);
}

constexpr double kRate = 0.95;

TEST(RepairCalibration, CoversAtItsRateWhereTokensAreNormal) {
  const size_t runs = calibration_runs(2000);
  const auto all = static_cast<double>(runs);
  for (const size_t n : {8, 69, 500}) {
    for (const double strength : {2.0, 4.0, 8.0}) {
      const Coverage found = coverage(runs, normal(), {n, strength});
      EXPECT_NEAR(found.covered, kRate, tolerance(kRate, all));
      EXPECT_NEAR(found.covered_given, kRate,
                  tolerance(kRate, found.given * all));
    }
  }
}

// It is given only where mean e is told from 0, which is then larger than it
// is on average; that it covers among those given has to be seen.
TEST(RepairCalibration, WhatIsLeftMayHangOnTheEditAlone) {
  const size_t runs = calibration_runs(2000);
  const auto all = static_cast<double>(runs);
  for (const double strength : {2.0, 4.0, 8.0}) {
    const Coverage found = coverage(runs, normal(), {69, strength, 1});
    EXPECT_NEAR(found.covered, kRate, tolerance(kRate, all));
    EXPECT_NEAR(found.covered_given, kRate,
                0.01 + tolerance(kRate, found.given * all));
  }
}

TEST(RepairCalibration, IsGivenInOneOfTwentyWhereNothingIsWritten) {
  const size_t runs = calibration_runs(2000);
  for (const size_t n : {8, 69, 500}) {
    const Coverage found = coverage(runs, normal(), {n, 0});
    EXPECT_NEAR(found.given, 0.05, tolerance(0.05, static_cast<double>(runs)));
  }
}

// Student's tails, on both sides, cost nothing; on one side the mean of e is
// not where t thinks it is, and the interval misses the truth more often.
TEST(RepairCalibration, HeavyTailsCostSomethingWhereTheyAreOnOneSide) {
  const size_t runs = calibration_runs(2000);
  const auto all = static_cast<double>(runs);
  for (const size_t n : {69, 500}) {
    for (const double strength : {0.0, 4.0, 8.0}) {
      EXPECT_GE(coverage(runs, student(), {n, strength}).covered,
                kRate - tolerance(kRate, all));
      const Coverage skewed = coverage(runs, lognormal(), {n, strength});
      EXPECT_GE(skewed.covered, 0.79);
      EXPECT_LE(skewed.covered, kRate);
    }
  }
}

}  // namespace
}  // namespace excise
