#include "experiment/lesion/lesion_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LesionSpec, ReadsWhatItWrote) {
  LesionSpec spec;
  spec.model = "baker-7m";
  spec.pairs = parse_pairs("him\ther\nWe saw him.\tWe saw her.", "").value();
  spec.tests = {"He saw \"her\".", "We left him."};
  spec.positions = {2, 0};
  spec.hold_out = 0.25;
  spec.random = 0;
  const std::string toml = lesion_spec_to_toml(spec);
  const auto again = parse_lesion_spec(toml, "file");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(lesion_spec_to_toml(*again), toml);
  EXPECT_THAT(again->positions, ElementsAre(2, 0));
  EXPECT_EQ(again->tests, spec.tests);
  EXPECT_EQ(again->pairs.pairs[0].second.word(), "her");
}

TEST(LesionSpec, APairMayStartWithANumberSign) {
  LesionSpec spec;
  spec.model = "baker-7m";
  spec.hold_out = 0.5;
  spec.pairs = parse_pairs(
                   "him\ther\n# a comment\n"
                   "\"#1 saw him.\"\t\"#1 saw her.\"\nI saw him.\tI saw her.",
                   "")
                   .value();
  ASSERT_EQ(spec.pairs.pairs.size(), 2U);
  const auto again = parse_lesion_spec(lesion_spec_to_toml(spec), "file");
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->pairs.pairs.size(), 2U);
  EXPECT_EQ(again->pairs.pairs[0].first.sentence, "#1 saw him.");
}

TEST(LesionSpec, HoldsOutAThirdWhereNoSentenceIsTested) {
  LesionSpec spec;
  EXPECT_DOUBLE_EQ(held_out_share(spec), 1.0 / 3);
  spec.tests = {"We saw him."};
  EXPECT_EQ(held_out_share(spec), 0);
  spec.hold_out = 0.25;
  EXPECT_EQ(held_out_share(spec), 0.25);
}

std::string refused(const std::string& toml) {
  const auto spec = parse_lesion_spec(
      "words = [\"a\", \"b\"]\npairs = [\"x a\\tx b\"]\n" + toml, "file");
  return spec ? "" : spec.error().message;
}

TEST(LesionSpec, RefusesWhatNoModelCouldDo) {
  EXPECT_EQ(refused("hold_out = 0.5"), "");
  EXPECT_THAT(refused("hold_out = 0.0"), HasSubstr("--hold-out"));
  EXPECT_THAT(refused("hold_out = 1.0"), HasSubstr("below 1"));
  EXPECT_THAT(refused("hold_out = nan"), HasSubstr("below 1"));
  EXPECT_THAT(refused("hold_out = 0.5\nposition = [1]"), HasSubstr("--test"));
  EXPECT_THAT(refused("test = [\"a b\", \"a b\"]"), HasSubstr("\"a b\" twice"));
  EXPECT_THAT(refused("test = [\"a b\"]\nposition = [5, 5]"),
              HasSubstr("5 twice"));
  EXPECT_THAT(refused("hold_out = 0.5\nq = 0"), HasSubstr("between 0 and 1"));
  EXPECT_THAT(refused("hold_out = 0.5\nrandom = 100000"), HasSubstr("10000"));
  EXPECT_FALSE(parse_lesion_spec("words = [\"a\"]", "file"));
  EXPECT_FALSE(
      parse_lesion_spec("hold_out = 0.5\nwords = [\"a\", \"b\"]\n"
                        "pairs = [\"x a\\tx b\", \"x\"]",
                        "file"));
  EXPECT_FALSE(parse_lesion_spec("words = [\"a\", \"b\"]", "file"));
}

}  // namespace
}  // namespace excise
