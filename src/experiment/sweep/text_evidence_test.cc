// Parts and variants over several texts, on numbers that are made up.
#include "experiment/sweep/text_evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/made_words.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// Two texts in one pass; the second begins at row 3.
BranchEffect two_texts() {
  BranchEffect effect;
  effect.delta_logprob = {0, 1, 2, 0, 10, 20, 30};
  effect.parts.shares = Matrix<double>(3, 7);
  for (size_t t = 0; t < 7; ++t) {
    effect.parts.shares(0, t) = 0.25 * effect.delta_logprob[t];
    effect.parts.shares(2, t) = 0.75 * effect.delta_logprob[t];
  }
  effect.parts.shares(1, 5) = 0.125;  // by which the second misses
  effect.parts.points = 8;
  return effect;
}

TEST(TextEvidence, SumsAreOfOneTextOfAPass) {
  const BranchEffect effect = two_texts();
  const EvidenceSums first =
      evidence_sums(effect, 0, std::vector<size_t>{1, 2});
  EXPECT_THAT(first.shares, ElementsAre(0.75, 0, 2.25));
  EXPECT_EQ(first.error, 0);
  EXPECT_EQ(first.first_half, 1);
  EXPECT_EQ(first.half, 1U);
  EXPECT_EQ(first.behind_first, 1U);
  const EvidenceSums second =
      evidence_sums(effect, 3, std::vector<size_t>{1, 2, 3});
  EXPECT_THAT(second.shares, ElementsAre(15, 0.125, 45));
  EXPECT_EQ(second.error, 0.125);
  EXPECT_EQ(second.points, 8U);
  // Of an odd number the first half is the smaller.
  EXPECT_EQ(second.first_half, 10);
  EXPECT_EQ(second.half, 1U);
  EXPECT_EQ(second.behind_first, 2U);
  EXPECT_THAT(evidence_sums(BranchEffect(), 0, {}).shares, IsEmpty());
}

TEST(TextEvidence, UnitsWithoutATokenTakeNoPart) {
  const std::vector<double> sums = {6, 0, 10}, half = {2, 0, 5},
                            tokens = {3, 1, 4}, halves = {1, 0, 2},
                            counts = {2, 0, 4};
  EXPECT_THAT(behind_first_means(sums, counts), ElementsAre(0, 3, 2.5));
  const HalvesOfUnits found =
      halves_of_units("each text", sums, half, tokens, halves);
  EXPECT_THAT(found.means[0], ElementsAre(2, 2.5));
  EXPECT_THAT(found.means[1], ElementsAre(2, 0, 2.5));
}

constexpr size_t kTokens = 40;

// Of two layers; the edit alone does twice the effect.
SweepResult three_texts() {
  SweepResult result = with_texts(identity(kTokens, {2, 1}), {1.5, 1.6});
  result.spec.parts = true;
  result.variants = {{VariantKind::kStrength, "strength_half", "strength 0.5"}};
  for (LayerFindings& findings : result.findings) {
    BranchEffect& effect = findings.removal;
    effect.parts.shares = Matrix<double>(5, kTokens);
    for (size_t t = 0; t < kTokens; ++t) {
      effect.parts.direct.push_back(2 * effect.delta_logprob[t]);
      effect.parts.shares(0, t) = 0.25 * effect.delta_logprob[t];
      effect.parts.shares(4, t) = 0.75 * effect.delta_logprob[t];
    }
    findings.variants = {effect.delta_logprob};
  }
  for (TextFindings& text : result.further_texts) {
    text.control_means.resize(2);
    for (const std::vector<double>& d : text.delta_logprob) {
      TextEvidence& evidence = text.evidence.emplace_back();
      const double sum = sum_over(d, 0, text.tested);
      evidence.sums.shares = {0.25 * sum, 0, 0, 0, 0.75 * sum};
      evidence.sums.error = 0.25;
      evidence.sums.first_half = 0;
      evidence.sums.half = text.tested.size() / 2;
      evidence.sums.behind_first = text.tested.size() - 1;
      evidence.direct = 2 * sum / static_cast<double>(text.tested.size());
      evidence.variants = {sum / 2};
    }
  }
  return result;
}

TEST(TextEvidence, EachTextCountsOnce) {
  const Summary summary = summary_of(three_texts());
  for (const LayerSummary& layer : summary.layers) {
    const OverTexts& over = *layer.over_texts;
    const double mean = *over.test.mean;
    double sum = 0;
    for (const MeanTest& share : over.parts->shares) {
      EXPECT_EQ(share.n, 3U);
      sum += *share.mean;
    }
    EXPECT_NEAR(sum, mean, 1e-12);
    EXPECT_NEAR(*over.parts->direct.effect.mean, 2 * mean, 1e-12);
    EXPECT_NEAR(*over.parts->direct.repair, 0.5, 1e-12);
    EXPECT_EQ(over.parts->error, 0.25);
    EXPECT_TRUE(over.parts->direct.effect.q);
    const double first = over.means[0];
    EXPECT_NEAR(*over.variants.find("strength_half")->test.mean,
                (first + (3 * mean - first) / 2) / 3, 1e-9);
    EXPECT_EQ(over.variants.find("first_half")->words,
              "the first half of each text");
    EXPECT_TRUE(over.variants.find("second_half")->test.q);
    // The first text's own stand beside it.
    EXPECT_EQ(layer.parts->direct.effect.n, kTokens - 1);
    EXPECT_EQ(layer.variants.find("first_half")->words,
              "the first half of the text");
  }
}

TEST(TextEvidence, WordsSayThatTheyAreOverTexts) {
  const SweepResult result = three_texts();
  EXPECT_THAT(passage(result, "parts over texts"),
              StartsWith("Over the texts: Of the "));
  EXPECT_THAT(passage(result, "variants over texts"),
              HasSubstr("(the first half of each text)"));
  SweepResult one = three_texts();
  one.further_texts.clear();
  EXPECT_THAT(passage(one, "parts over texts"), IsEmpty());
  EXPECT_THAT(passage(one, "variants over texts"), IsEmpty());
  // Not asked for: nothing is said.
  const SweepResult plain = with_texts(identity(kTokens, {2, 1}), {3, 5});
  EXPECT_THAT(passage(plain, "parts over texts"), IsEmpty());
}

TEST(TextEvidence, ATextWithoutATokenIsLeftOut) {
  SweepResult result = three_texts();
  result.further_texts[0].tested.clear();
  const OverTexts over = *summary_of(result).layers[0].over_texts;
  EXPECT_EQ(over.parts->direct.effect.n, 2U);
  EXPECT_EQ(over.variants.find("strength_half")->test.n, 2U);
}

}  // namespace
}  // namespace excise
