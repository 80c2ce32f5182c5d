// Median replacement against the reference, and its variants against what they
// must be.
#include "experiment/median/median.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "experiment/common/words.h"
#include "math/statistics/empirical_p.h"
#include "testing/bundled_model.h"
#include "testing/calibration_tally.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json read_json(const std::string& name) {
  std::ifstream file(std::string(EXCISE_SOURCE_DIR) + "/tests/golden/" + name);
  return json::parse(file);
}

MedianSpec shaking() {
  MedianSpec spec;
  spec.prompt = "He shook his";
  spec.target = " head";
  return spec;
}

double atol(const std::string& quantity) {
  static const json all = read_json("tolerances.json");
  return all["median_baker.json"]["cases/" + quantity]["atol"];
}

class MedianGolden : public testing::TestWithParam<Executor> {};

TEST_P(MedianGolden, EqualsTheReference) {
  const json golden = read_json("median_baker.json");
  for (const json& one : golden["cases"]) {
    MedianSpec spec;
    spec.prompt = one["prompt"];
    spec.target = one["target"];
    spec.executor = GetParam();
    // The oracle is slow: one layer will do.
    if (GetParam() == Executor::kNaive) spec.layers = "4";
    const auto result = run_median(baker(), spec, {});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->ids, one["ids"].get<std::vector<int>>());
    EXPECT_EQ(result->target, one["target_id"]);
    EXPECT_EQ(result->clean_rank, one["clean_rank"]);
    EXPECT_NEAR(result->clean.logprob, one["clean_logprob"],
                atol("clean_logprob"));
    for (size_t i = 0; i < result->cells.size(); ++i) {
      const MedianCell& cell = result->cells[i];
      const json& row = one["delta_logprob"][cell.layer];
      // Differences are rounded relative to what is replaced: where that is
      // most of the state, the wavefront keeps five digits of the effect.
      const double expected = row[i % row.size()];
      const double rounded =
          GetParam() == Executor::kWavefront ? 2e-5 * std::abs(expected) : 0;
      EXPECT_NEAR(cell.delta_logprob, expected, atol("delta_logprob") + rounded)
          << "layer " << cell.layer << ", " << cell.percent << " %";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Executors, MedianGolden,
                         testing::Values(Executor::kWavefront,
                                         Executor::kNaive),
                         [](const auto& chosen) {
                           return std::string(executor_name(chosen.param));
                         });

TEST(Median, AllNeuronsAreTheSameByValueAndMagnitude) {
  MedianSpec spec = shaking();
  spec.percent = {100};
  const auto by_value = run_median(baker(), spec, {});
  spec.by = TopBy::kMagnitude;
  spec.random = 1;
  const auto by_magnitude = run_median(baker(), spec, {});
  ASSERT_TRUE(by_value && by_magnitude);
  for (size_t i = 0; i < by_value->cells.size(); ++i) {
    const MedianCell& cell = by_magnitude->cells[i];
    EXPECT_NEAR(by_value->cells[i].delta_logprob, cell.delta_logprob, 1e-5);
    // A random draw of all neurons is all neurons.
    EXPECT_NEAR(cell.random.at(0), cell.delta_logprob, 1e-5);
  }
}

TEST(Median, PositionsOtherThanTheLastMatter) {
  MedianSpec spec = shaking();
  spec.percent = {20};
  spec.layers = "0";
  const auto last = run_median(baker(), spec, {});
  spec.rows = MedianRows::kAll;
  const auto all = run_median(baker(), spec, {});
  spec.prompt = "The";
  spec.target = " man";
  const auto all_of_one = run_median(baker(), spec, {});
  spec.rows = MedianRows::kLast;
  const auto last_of_one = run_median(baker(), spec, {});
  ASSERT_TRUE(last && all && all_of_one && last_of_one);
  EXPECT_GT(
      std::abs(all->cells[0].delta_logprob - last->cells[0].delta_logprob),
      0.01);
  EXPECT_EQ(all_of_one->cells[0].delta_logprob,
            last_of_one->cells[0].delta_logprob);
}

TEST(Median, RandomDrawsGiveAnEmpiricalP) {
  MedianSpec spec = shaking();
  spec.percent = {10};
  spec.layers = "0,5";
  spec.random = 9;
  const auto result = run_median(baker(), spec, {});
  ASSERT_TRUE(result) << result.error().message;
  for (const MedianCell& cell : result->cells) {
    ASSERT_EQ(cell.random.size(), 9U);
    const auto reach = std::ranges::count_if(
        cell.random, [&](double d) { return d >= cell.delta_logprob; });
    EXPECT_DOUBLE_EQ(*cell.random_p_one_sided,
                     static_cast<double>(reach + 1) / 10);
  }
  EXPECT_NE(result->cells[0].random, result->cells[1].random);
}

// Neurons that are themselves a random draw, among others.
// EXCISE_CALIBRATION_RUNS sets how many seeds are tried.
TEST(MedianCalibration, RandomNeuronsAmongRandomNeurons) {
  constexpr size_t kDraws = 20;
  MedianSpec spec = shaking();
  spec.percent = {10};
  spec.layers = "0,5,11";
  spec.random = kDraws + 1;
  CalibrationTally tally(kDraws);
  for (uint64_t seed = 0; seed < calibration_runs(40); ++seed) {
    spec.seed = seed;
    const auto result = run_median(baker(), spec, {});
    ASSERT_TRUE(result) << result.error().message;
    for (const MedianCell& cell : result->cells) {
      const std::span<const double> all = cell.random;
      tally.add(empirical_p(all.front(), all.subspan(1), Tail::kAbove).value());
    }
  }
  tally.expect_calibrated({1, 2, 5, 10}, "random neurons");
}

TEST(Median, NamesTheTokensOfALongTarget) {
  MedianSpec spec = shaking();
  spec.target = " perplexingly";
  const auto refused = run_median(baker(), spec, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(refused.error().message, HasSubstr("--first-token"));
  EXPECT_THAT(refused.error().message, HasSubstr("perplex"));
  spec.first_token = true;
  const auto result = run_median(baker(), spec, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->target,
            encode_text(baker(), " perplexingly", "").value()[0]);
}

TEST(Median, TellsWhereABlankIsMissing) {
  const auto refused =
      word_token(baker(), "handkerchief", LongWord::kRefuse, "median", "");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("\" handkerchief\""));
}

TEST(Median, RefusesWhatTheModelCannotDo) {
  MedianSpec spec = shaking();
  spec.layers = "12";
  EXPECT_FALSE(run_median(baker(), spec, {}));
  spec = shaking();
  spec.prompt = std::string(3000, 'a');
  EXPECT_FALSE(run_median(baker(), spec, {}));
  spec = shaking();
  spec.target = "";
  spec.target_id = 8192;
  EXPECT_FALSE(run_median(baker(), spec, {}));
}

}  // namespace
}  // namespace excise
