#include "experiment/median/median_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(MedianSpec, ReadsWhatItWrote) {
  MedianSpec spec;
  spec.model = "baker-7m";
  spec.prompt = "He shook his";
  spec.target = " head";
  spec.percent = {5, 12.5};
  spec.by = TopBy::kMagnitude;
  spec.replace_with = Replacement::kZero;
  spec.rows = MedianRows::kAll;
  spec.random = 3;
  spec.executor = Executor::kNaive;
  const std::string toml = median_spec_to_toml(spec);
  const auto again = parse_median_spec(toml, "file");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(median_spec_to_toml(*again), toml);
  EXPECT_EQ(again->percent, spec.percent);
  EXPECT_EQ(again->rows, MedianRows::kAll);
  EXPECT_EQ(again->replace_with, Replacement::kZero);
  EXPECT_EQ(again->target_id, std::nullopt);
}

TEST(MedianSpec, Percents) {
  EXPECT_THAT(*parse_percents("10,50"), ElementsAre(10, 50));
  EXPECT_THAT(*parse_percents("10-30:10,99.5"), ElementsAre(10, 20, 30, 99.5));
  EXPECT_THAT(*parse_percents("10-35:10"), ElementsAre(10, 20, 30));
  EXPECT_THAT(*parse_percents(" 5, 10 - 30 : 10 "), ElementsAre(5, 10, 20, 30));
  for (const char* bad : {"", "x", "10-20", "20-10:5", "10-20:0", "10,",
                          "1-100:1e-9", "10-20:nan"}) {
    EXPECT_FALSE(parse_percents(bad)) << bad;
  }
}

std::string refused(std::string_view toml) {
  const auto spec = parse_median_spec(toml, "file");
  return spec ? "" : spec.error().message;
}

TEST(MedianSpec, RefusesWhatNoModelCouldDo) {
  const std::string good = "prompt = \"a\"\ntarget = \"b\"\n";
  EXPECT_EQ(refused(good), "");
  EXPECT_THAT(refused("target = \"b\""), HasSubstr("--prompt"));
  EXPECT_THAT(refused("prompt = \"a\""), HasSubstr("--target"));
  EXPECT_THAT(refused(good + "target_id = 1"), HasSubstr("both"));
  EXPECT_THAT(refused(good + "percent = [0]"), HasSubstr("above 0"));
  EXPECT_THAT(refused(good + "percent = [101]"), HasSubstr("up to 100"));
  EXPECT_THAT(refused(good + "percent = [nan]"), HasSubstr("up to 100"));
  EXPECT_THAT(refused(good + "percent = [5, 5]"), HasSubstr("5 twice"));
  EXPECT_THAT(refused(good + "by = \"size\""), HasSubstr("magnitude"));
  EXPECT_THAT(refused(good + "positions = \"first\""), HasSubstr("last"));
  EXPECT_THAT(refused(good + "random = 100000"), HasSubstr("10000"));
}

}  // namespace
}  // namespace excise
