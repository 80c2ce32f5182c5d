// Every sample of tests/golden/stats.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "math/statistics/benjamini_hochberg.h"
#include "math/statistics/correlation.h"
#include "math/statistics/one_sample_t.h"
#include "math/statistics/sign_flip.h"
#include "math/statistics/wilcoxon.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const json& golden() {
  static const json stats =
      json::parse(std::ifstream(EXCISE_SOURCE_DIR "/tests/golden/stats.json"));
  return stats;
}

double number(const json& value) {
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  return value.get<double>();
}

std::vector<double> numbers(const json& values) {
  std::vector<double> out;
  for (const json& value : values) out.push_back(number(value));
  return out;
}

std::vector<std::optional<double>> optional_numbers(const json& values) {
  std::vector<std::optional<double>> out;
  for (const json& value : values) {
    out.push_back(value.is_null() ? std::nullopt
                                  : std::optional(number(value)));
  }
  return out;
}

void expect_near(const std::optional<double>& got, double want,
                 double relative = 1e-9) {
  ASSERT_TRUE(got);
  EXPECT_NEAR(*got, want, relative * std::abs(want) + 1e-300);
}

template <typename T>
void expect_error(const Result<T>& got, const std::string& text) {
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(got.error().message, HasSubstr(text));
}

TEST(StatsGolden, OneSampleT) {
  for (const auto& [name, sample] : golden()["one_sample"].items()) {
    SCOPED_TRACE(name);
    const json& want = sample["want"];
    const auto got = one_sample_t(numbers(sample["x"]));
    if (want.contains("error")) {
      expect_error(got, want["error"]);
      continue;
    }
    ASSERT_TRUE(got) << got.error().message;
    if (want.contains("mean")) expect_near(got->mean, number(want["mean"]));
    if (want["t"].is_null()) {
      EXPECT_FALSE(got->t || got->p || got->sd || got->cohen_d || got->ci_low);
      EXPECT_EQ(got->reason, want["reason"]);
      continue;
    }
    EXPECT_EQ(got->reason, "");
    EXPECT_EQ(got->n, sample["x"].size());
    expect_near(got->t, number(want["t"]));
    expect_near(got->p, number(want["p"]));
    expect_near(got->df, number(want["df"]));
    expect_near(got->sd, number(want["sd"]));
    expect_near(got->cohen_d, number(want["cohen_d"]));
    expect_near(got->ci_low, number(want["ci95"][0]));
    expect_near(got->ci_high, number(want["ci95"][1]));
  }
}

TEST(StatsGolden, Wilcoxon) {
  size_t compared = 0;
  for (const auto& [name, sample] : golden()["one_sample"].items()) {
    if (!sample.contains("wilcoxon")) continue;
    SCOPED_TRACE(name);
    const json& want = sample["wilcoxon"]["auto"];
    const auto got = wilcoxon(numbers(sample["x"]));
    ASSERT_TRUE(got) << got.error().message;
    expect_near(got->statistic, number(want["statistic"]), 1e-12);
    expect_near(got->p, number(want["p"]), 1e-12);
    ++compared;
  }
  EXPECT_EQ(compared, 9);
}

TEST(StatsGolden, SignFlip) {
  size_t compared = 0;
  for (const auto& [name, sample] : golden()["one_sample"].items()) {
    if (!sample.contains("sign_flip_exact_p")) continue;
    SCOPED_TRACE(name);
    Random random(0);
    const auto got = sign_flip_p(numbers(sample["x"]), 0, random);
    ASSERT_TRUE(got) << got.error().message;
    expect_near(*got, number(sample["sign_flip_exact_p"]), 1e-12);
    ++compared;
  }
  EXPECT_EQ(compared, 7);
}

TEST(StatsGolden, BenjaminiHochberg) {
  for (const auto& [name, sample] : golden()["bh"].items()) {
    SCOPED_TRACE(name);
    const auto want = optional_numbers(
        sample.contains("want_q") ? sample["want_q"] : sample["q"]);
    const auto got = benjamini_hochberg(optional_numbers(sample["p"]));
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_EQ(got->size(), want.size());
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_EQ(got->at(i).has_value(), want[i].has_value());
      if (want[i]) expect_near(got->at(i), *want[i]);
    }
  }
}

TEST(StatsGolden, Correlation) {
  using Function = Result<Correlation> (*)(
      std::span<const double>, std::span<const double>, const Bootstrap&);
  const std::pair<const char*, Function> functions[] = {{"pearson", pearson},
                                                        {"spearman", spearman}};
  for (const auto& [name, sample] : golden()["correlation"].items()) {
    for (const auto& [method, function] : functions) {
      SCOPED_TRACE(name + " " + method);
      const auto got =
          function(numbers(sample["x"]), numbers(sample["y"]), {.draws = 0});
      if (sample.contains("want") && sample["want"].contains("error")) {
        expect_error(got, sample["want"]["error"]);
        continue;
      }
      ASSERT_TRUE(got) << got.error().message;
      if (sample.contains("want")) {
        EXPECT_FALSE(got->r || got->p);
        EXPECT_EQ(got->reason, sample["want"]["reason"]);
        continue;
      }
      expect_near(got->r, number(sample[method]["r"]));
      // The sample's p is that of t; fewer pairs count permutations
      // (correlation_test.cc).
      if (got->n > kExactCorrelationUpTo)
        expect_near(got->p, number(sample[method]["p"]));
      EXPECT_FALSE(got->interval);
    }
  }
}

}  // namespace
}  // namespace excise
