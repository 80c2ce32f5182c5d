#include "report/paired_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "testing/made_sweep.h"

namespace excise {
namespace {

using testing::HasSubstr;

PairedDifference by_token(const Compared& first, const Compared& other) {
  return paired_by_token(first.folder, other.folder);
}

TEST(PairedDifferenceTest, IsTheSecondMinusTheFirst) {
  // Differences 1, 2, 3, 4; position 0 counts for nothing.
  const auto paired = by_token(made_sweep("a", {{0, 1, 1, 1, 1}}),
                               made_sweep("b", {{9, 2, 3, 4, 5}}));
  EXPECT_EQ(paired.reason, "");
  EXPECT_EQ(paired.pairs, 4U);
  const OneSampleT& test = paired.layers.at(0).test;
  EXPECT_DOUBLE_EQ(*test.mean, 2.5);
  // sd sqrt(5 / 3), standard error 0.6455; t(0.975, 3) = 3.18245.
  EXPECT_NEAR(*test.t, 3.8729833, 1e-7);
  EXPECT_NEAR(*test.p, 0.030466, 1e-6);
  EXPECT_NEAR(*test.ci_low, 2.5 - 3.1824463 * 0.6454972, 1e-6);
  EXPECT_DOUBLE_EQ(*paired.layers.at(0).q, *test.p);  // of one layer
}

TEST(PairedDifferenceTest, TheOtherWayRoundHasTheOtherSign) {
  const auto a = made_sweep("a", {{0, 1, 5, 2}}),
             b = made_sweep("b", {{0, 2, 1, 7}});
  const auto there = by_token(a, b), back = by_token(b, a);
  EXPECT_DOUBLE_EQ(*there.layers.at(0).test.t, -*back.layers.at(0).test.t);
  EXPECT_DOUBLE_EQ(*there.layers.at(0).test.p, *back.layers.at(0).test.p);
}

TEST(PairedDifferenceTest, QIsOverTheLayersThatAreTested) {
  // Layer 1 is equal in both and has no p, so q of the others is over two.
  const auto paired = by_token(
      made_sweep("a", {{0, 1, 1, 1, 1}, {0, 1, 2, 3, 4}, {0, 1, 1, 1, 1}}),
      made_sweep("b", {{0, 2, 3, 4, 5}, {0, 1, 2, 3, 4}, {0, 3, 0, 2, 1}}));
  EXPECT_FALSE(paired.layers.at(1).q);
  EXPECT_TRUE(paired.layers.at(1).equal);
  EXPECT_DOUBLE_EQ(*paired.layers.at(0).q, 2 * *paired.layers.at(0).test.p);
}

TEST(PairedDifferenceTest, OnlyLayersThatBothHave) {
  auto other = made_sweep("b", {{0, 2, 3}, {0, 5, 9}});
  other.folder.layers = {1, 3};
  const auto paired = by_token(made_sweep("a", {{0, 1, 1}, {0, 1, 2}}), other);
  ASSERT_EQ(paired.layers.size(), 1U);
  EXPECT_EQ(paired.layers.at(0).layer, 1U);
  EXPECT_DOUBLE_EQ(*paired.layers.at(0).test.mean, 1);  // (2-1 + 3-2) / 2
  other.folder.layers = {7, 8};
  EXPECT_THAT(by_token(made_sweep("a", {{0, 1, 1}}), other).reason,
              HasSubstr("no layer in common"));
}

TEST(PairedDifferenceTest, OnlyTokensThatBothTest) {
  const auto a = made_sweep("a", {{0, 1, 1, 1, 1}});
  auto b = made_sweep("b", {{0, 0, 0, 4, 7}});
  b.folder.results["tokens"]["edited_positions"] = {2, 4};
  const auto paired = by_token(a, b);
  EXPECT_EQ(paired.pairs, 2U);
  EXPECT_DOUBLE_EQ(*paired.layers.at(0).test.mean, 4.5);
  b.folder.results["tokens"]["edited_positions"] = {4};
  EXPECT_THAT(by_token(a, b).reason, HasSubstr("no token"));
}

TEST(PairedDifferenceTest, OneTokenHasNoTest) {
  const auto paired =
      by_token(made_sweep("a", {{0, 1}}), made_sweep("b", {{0, 3}}));
  const PairedLayer& layer = paired.layers.at(0);
  EXPECT_DOUBLE_EQ(*layer.test.mean, 2);
  EXPECT_FALSE(layer.test.p);
  EXPECT_FALSE(layer.q);
  EXPECT_EQ(layer.test.reason, "fewer than two values");
}

TEST(PairedDifferenceTest, WithoutEffectsOfTokensThereIsNone) {
  auto other = made_sweep("b", {{0, 1, 2}});
  other.folder.arrays.erase("delta_logprob");
  EXPECT_THAT(by_token(made_sweep("a", {{0, 1, 2}}), other).reason,
              HasSubstr("lacks the effects"));
}

TEST(PairedDifferenceTest, WhatIsNotFiniteHasNoTest) {
  const auto paired = by_token(made_sweep("a", {{0, 1, NAN, 2}, {0, 1, 2, 4}}),
                               made_sweep("b", {{0, 1, 2, 3}, {0, 2, 2, 9}}));
  EXPECT_FALSE(paired.layers.at(0).test.mean);
  EXPECT_EQ(paired.layers.at(0).test.reason, "an effect is not finite");
  EXPECT_TRUE(paired.layers.at(1).q);
}

TEST(PairedDifferenceTest, OtherTokensAreNotPaired) {
  const auto a = made_sweep("a", {{0, 1, 2}});
  auto b = made_sweep("b", {{0, 1, 2}});
  b.folder.ids = {0, 1, 7};
  EXPECT_THAT(by_token(a, b).reason, HasSubstr("other tokens"));
  b.folder.results["manifest"]["text_fingerprint"] = "f1";
  EXPECT_THAT(by_token(a, b).reason, HasSubstr("different texts"));
  auto c = made_sweep("c", {{0, 1, 2}});  // the same ids mean other words
  c.folder.pieces = {"x", "y", "z"};
  EXPECT_NE(by_token(a, c).reason, "");
  c.folder.pieces = {"", "", ""};  // a model without a tokenizer
  EXPECT_EQ(by_token(a, c).reason, "");
}

TEST(PairedDifferenceTest, TextsCountOnceEach) {
  auto a = made_sweep("a", {{0, 1, 2}}), b = made_sweep("b", {{0, 1, 2}});
  EXPECT_FALSE(paired_by_text(a.folder, b.folder));
  add_texts(a, {{1, 1, 1, 1}});
  EXPECT_THAT(paired_by_text(a.folder, b.folder)->reason,
              HasSubstr("only one of them has several texts"));
  auto three = made_sweep("c", {{0, 1, 2}});
  add_texts(three, {{1, 1, 1}});
  EXPECT_THAT(paired_by_text(a.folder, three.folder)->reason,
              HasSubstr("one has 4 texts, the other 3"));
  add_texts(b, {{2, 3, 4, 5}});
  const auto paired = paired_by_text(a.folder, b.folder);
  EXPECT_EQ(paired->pairs, 4U);
  EXPECT_NEAR(*paired->layers.at(0).test.t, 3.8729833, 1e-7);
  b.folder.results["layers"][0]["over_texts"]["means"][3] = nullptr;
  EXPECT_EQ(paired_by_text(a.folder, b.folder)->layers.at(0).test.n, 3U);
  EXPECT_EQ(paired_by_text(a.folder, b.folder)->pairs, 3U);
  EXPECT_EQ(paired_by_text(a.folder, b.folder)->of, 4U);
  b.folder.results["texts"][0]["n_tokens"] = 99;
  EXPECT_THAT(paired_by_text(a.folder, b.folder)->reason,
              HasSubstr("not the same tokens"));
  b.folder.results["manifest"]["text_fingerprint"] = "f1";
  EXPECT_THAT(paired_by_text(a.folder, b.folder)->reason,
              HasSubstr("not the same"));
}

}  // namespace
}  // namespace excise
