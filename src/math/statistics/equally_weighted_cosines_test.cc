#include "math/statistics/equally_weighted_cosines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "math/statistics/one_sample_t.h"

namespace excise {
namespace {

std::vector<double> alternating(size_t n) {
  std::vector<double> values(n);
  for (size_t i = 0; i < n; ++i) values[i] = i % 2 == 0 ? 3 : 1;
  return values;
}

TEST(EquallyWeightedCosines, IsThatOfSciPy) {
  const auto golden = nlohmann::json::parse(
      std::ifstream(EXCISE_SOURCE_DIR "/tests/golden/cosines.json"));
  size_t compared = 0;
  for (const auto& [name, one] : golden["series"].items()) {
    SCOPED_TRACE(name);
    const auto test =
        equally_weighted_cosines(one["x"].get<std::vector<double>>()).value();
    const auto& want = one["want"];
    const auto near = [&](const std::optional<double>& got, double value) {
      ASSERT_TRUE(got);
      EXPECT_NEAR(*got, value, 1e-9 * std::abs(value));
    };
    EXPECT_EQ(test.df, want["df"].get<double>());
    near(test.t, want["t"]);
    near(test.p, want["p"]);
    near(test.ci_low, want["ci95"][0]);
    near(test.ci_high, want["ci95"][1]);
    near(test.lag1, want["lag1"]);
    near(test.n_effective, want["n_effective"]);
    EXPECT_EQ(test.reason, "");
    ++compared;
  }
  EXPECT_EQ(compared, 12);
}

TEST(EquallyWeightedCosines, HasAsManyAsTheLengthAllows) {
  const std::pair<size_t, double> cases[] = {{8, 2},    {14, 2},   {20, 3},
                                             {69, 6},   {128, 10}, {500, 25},
                                             {999, 40}, {1000, 41}};
  for (const auto& [n, cosines] : cases) {
    std::vector<double> values(n);
    for (size_t i = 0; i < n; ++i)
      values[i] = std::sin(static_cast<double>(i * i));
    EXPECT_EQ(equally_weighted_cosines(values)->df, cosines) << n;
  }
}

TEST(EquallyWeightedCosines, SaysWhyThereIsNone) {
  const auto reason = [](const std::vector<double>& values) {
    const auto test = equally_weighted_cosines(values).value();
    EXPECT_FALSE(test.t || test.df || test.p || test.ci_low ||
                 test.n_effective);
    EXPECT_EQ(test.n, values.size());
    return test.reason;
  };
  EXPECT_EQ(reason({}), "fewer than eight values");
  EXPECT_EQ(reason({1, 2, 3, 4, 5, 6, 7}), "fewer than eight values");
  EXPECT_EQ(reason(std::vector<double>(9, 0.1)), "zero variance (max == min)");
  EXPECT_EQ(reason({1e300, -1e300, 1, 1, 1, 1, 1, 1}),
            "the variance is beyond double precision");
}

TEST(EquallyWeightedCosines, AnAlternatingSeriesHasNoMoreThanItsTokens) {
  const auto test = equally_weighted_cosines(alternating(40)).value();
  EXPECT_LT(*test.lag1, -0.9);
  EXPECT_EQ(*test.n_effective, 40);
  EXPECT_GT(*test.t, *one_sample_t(alternating(40))->t);
}

// Of the highest frequency that a series of 64 can have, and no other.
TEST(EquallyWeightedCosines, HighFrequenciesAloneTellNothing) {
  std::vector<double> values(64);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 1 + std::cos(std::acos(-1.0) * 63 *
                             (static_cast<double>(i) + 0.5) / 64);
  }
  const auto test = equally_weighted_cosines(values).value();
  EXPECT_EQ(test.reason, "no variance at low frequencies");
  EXPECT_FALSE(test.p);
}

TEST(EquallyWeightedCosines, TakesNoScaleAndNoSign) {
  std::vector<double> values(30);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = 0.3 + std::sin(static_cast<double>(7 * i * i));
  const auto test = equally_weighted_cosines(values).value();
  for (const double scale : {-1.0, 1e100, 1e-100}) {
    std::vector<double> scaled = values;
    for (double& value : scaled) value *= scale;
    const auto other = equally_weighted_cosines(scaled).value();
    EXPECT_NEAR(*other.t, *test.t * (scale < 0 ? -1 : 1), 1e-9);
    EXPECT_NEAR(*other.n_effective, *test.n_effective, 1e-9);
  }
}

TEST(EquallyWeightedCosines, PIsNeverZero) {
  std::vector<double> values(2000);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = 1e9 + std::sin(static_cast<double>(i * i));
  EXPECT_GT(*equally_weighted_cosines(values)->p, 0);
  EXPECT_GT(*one_sample_t(values)->p, 0);
}

TEST(EquallyWeightedCosines, RefusesWhatIsNoNumber) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    std::vector<double> values(12, 1.0);
    values[5] = bad;
    EXPECT_EQ(equally_weighted_cosines(values).error().code,
              ErrorCode::kBadInput);
  }
}

}  // namespace
}  // namespace excise
