#include "experiment/sweep/control_plan.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace excise {
namespace {

TEST(ParseControls, RoundTrips) {
  for (const char* text :
       {"", "norm-matched=1", "random-rank=40,norm-matched=7"}) {
    const auto requests = parse_controls(text);
    ASSERT_TRUE(requests) << requests.error().message;
    EXPECT_EQ(controls_text(*requests), text);
  }
  EXPECT_TRUE(parse_controls("none")->empty());
  EXPECT_EQ(controls_text(*parse_controls("norm-matched,random-rank=100")),
            "random-rank=100,norm-matched=40");
}

TEST(ParseControls, RefusesWhatIsNone) {
  for (const char* text :
       {"random", "random-rank=", "random-rank=x", "random-rank=0",
        "random-rank=-1", "random-rank=10001", "random-rank=1,",
        "random-rank=1,random-rank=2", "norm-matched=1.5"}) {
    const auto requests = parse_controls(text);
    ASSERT_FALSE(requests) << text;
    EXPECT_EQ(requests.error().code, ErrorCode::kBadInput) << text;
  }
}

TEST(ControlDraws, AreInOrder) {
  const auto draws =
      control_draws({{Control::kNormMatched, 2}, {Control::kRandomRank, 1}},
                    std::array{Cell::kPreset, Cell::kRemoved});
  ASSERT_EQ(draws.size(), 6U);
  EXPECT_EQ(draws[2].cell, Cell::kPreset);
  EXPECT_EQ(draws[3].cell, Cell::kRemoved);
  EXPECT_EQ(draws[3].control, Control::kNormMatched);
  EXPECT_EQ(draws[3].repeat, 0U);
  EXPECT_EQ(draws[1].control, Control::kNormMatched);
  EXPECT_EQ(draws[1].repeat, 1U);
  EXPECT_EQ(draws[2].control, Control::kRandomRank);
  EXPECT_EQ(draws[2].repeat, 0U);
}

TEST(ControlRandom, DiffersForEachDraw) {
  std::set<uint64_t> seen;
  for (const size_t layer : {0, 1, 47}) {
    for (const Control control : kControls) {
      for (const size_t repeat : {0, 1, 9999})
        seen.insert(control_random(0, layer, {control, repeat}).bits());
    }
  }
  EXPECT_EQ(seen.size(), 36U);
}

}  // namespace
}  // namespace excise
