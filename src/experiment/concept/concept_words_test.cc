// What is said of a concept follows from its numbers, made up here.
#include "experiment/concept/concept_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "intervention/linear_basis.h"
#include "testing/made_concept.h"

namespace excise {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto kOff = ConceptSwitch::kOff;
constexpr auto kOn = ConceptSwitch::kOn;

TEST(ConceptWords, SayWhichWay) {
  const double ln2 = std::log(2.0);
  EXPECT_EQ(likelihood_words(made_mean(ln2, ln2 / 2)),
            "2.00 times less likely (95 % interval 1.41 to 2.83 over 4 texts)");
  EXPECT_EQ(likelihood_words(made_mean(-ln2, ln2 / 2)),
            "2.00 times more likely (95 % interval 1.41 to 2.83 over 4 texts)");
  EXPECT_EQ(likelihood_words(made_mean(ln2, 2 * ln2)),
            "2.00 times less likely (95 % interval 2.00 times more to 8.00 "
            "times less over 4 texts: not told apart from no change)");
  EXPECT_THAT(likelihood_words(made_mean(0, 0.1)),
              AllOf(HasSubstr("neither more nor less likely"),
                    HasSubstr("not told apart from no change")));
  EXPECT_EQ(likelihood_words({.n = 1, .mean = ln2}),
            "2.00 times less likely (1 text, so no interval)");
  EXPECT_THAT(likelihood_words({.n = 4}), HasSubstr("no number"));
}

TEST(ConceptWords, RemovalAndReflectionAreToldApart) {
  EXPECT_EQ(concept_deed(kOff, 1), "removed (alpha 1)");
  EXPECT_EQ(concept_deed(kOff, 0.5), "removed in part (alpha 0.5)");
  EXPECT_EQ(concept_deed(kOff, 2),
            "reflected (alpha 2, -1 times what was there)");
  EXPECT_EQ(concept_deed(kOn, 2), "switched on (alpha 2)");
}

TEST(ConceptWords, OwnWordsAndProbeAreOfTheSameAlpha) {
  const ConceptSentences off = concept_sentences(made_concept(), kOff);
  EXPECT_THAT(off.effect,
              AllOf(HasSubstr("Reflected (alpha 2"), HasSubstr("7.39 times"),
                    HasSubstr("0.90 without the edit and 0.50 with it")));
  EXPECT_THAT(off.removal,
              AllOf(HasSubstr("Removed (alpha 1)"), HasSubstr("2.72 times"),
                    HasSubstr("and 0.60 with it")));
  ConceptResult result = made_concept();
  result.off.cell = 0;
  EXPECT_EQ(concept_sentences(result, kOff).removal, "");
  EXPECT_THAT(concept_sentences(result, kOn).effect, Not(HasSubstr("probe")));
}

TEST(ConceptWords, TheWrongWayIsNoSwitch) {
  ConceptResult result = made_concept();
  MeanInterval& own = result.layers[0].cells[1].report.own_words;
  own = made_mean(-1, 0.5);
  EXPECT_THAT(concept_sentences(result, kOff).effect,
              AllOf(HasSubstr("more likely"), HasSubstr("no switch")));
  own = made_mean(-1, 1.5);
  EXPECT_THAT(
      concept_sentences(result, kOff).effect,
      AllOf(HasSubstr("not told apart from no change"),
            HasSubstr("on the wrong side"), Not(HasSubstr("no switch"))));
  result.layers[0].cells[2].report.own_words = made_mean(1, 0.5);
  EXPECT_THAT(concept_sentences(result, kOn).effect, HasSubstr("no switch"));
}

TEST(ConceptWords, CostSaysWhatIsToldApart) {
  ConceptResult result = made_concept();
  EXPECT_THAT(concept_sentences(result, kOff).cost,
              AllOf(HasSubstr("from 40.0 to 40.8"), HasSubstr("+0.020 nats"),
                    HasSubstr("over 30 tokens: not told apart from 0")));
  EXPECT_THAT(concept_sentences(result, kOn).cost,
              AllOf(HasSubstr("+0.020 to +0.040"),
                    Not(HasSubstr("tokens: not told apart"))));
  result.layers[0].cells[1].report.control_text = {.n = 1, .mean = 0.02};
  EXPECT_THAT(concept_sentences(result, kOff).cost,
              HasSubstr("1 token, so no interval"));
}

TEST(ConceptWords, ChoiceSaysWhetherTheBoundHolds) {
  ConceptResult result = made_concept();
  EXPECT_THAT(concept_sentences(result, kOff).choice,
              HasSubstr("2 of 2 cells (layers and strengths) keep the change "
                        "of the control text, with its whole 95 % interval,"));
  EXPECT_THAT(concept_sentences(result, kOn).choice,
              HasSubstr("1 of 1 cell (layers and strengths) keeps"));
  result.off.rule = ChoiceRule::kLeastDamage;
  result.off.within = 0;
  EXPECT_THAT(concept_sentences(result, kOff).choice,
              AllOf(HasSubstr("none of 2 cells"), HasSubstr("up to 0.040")));
  result.off.rule = ChoiceRule::kNothingKnown;
  EXPECT_THAT(concept_sentences(result, kOff).choice,
              HasSubstr("nothing is known"));
  result.layers[0].cells[1].choose.own_words = {.n = 4};
  EXPECT_THAT(
      concept_sentences(result, kOff).choice,
      AllOf(HasSubstr("has no number in any cell"),
            Not(HasSubstr("nothing is known")), Not(HasSubstr("strongest"))));
}

TEST(ConceptWords, NoNumberIsNotPrinted) {
  ConceptResult result = made_concept();
  result.perplexity_clean = NAN;
  result.n_control_report = 0;
  for (ConceptCell& cell : result.layers[0].cells)
    cell.report.control_text = {.n = 0};
  EXPECT_THAT(concept_summary(result), Not(HasSubstr("nan")));
  EXPECT_THAT(concept_sentences(result, kOff).cost,
              HasSubstr("; the reporting part of the control text has no token "
                        "that the edit can reach."));
}

TEST(ConceptWords, AnEarlierFitMayHaveSeenTheTexts) {
  ConceptResult result = made_concept();
  const auto seen = HasSubstr("in texts that the choice did not see");
  const auto unseen = HasSubstr("neither the fit nor the choice saw");
  EXPECT_THAT(concept_sentences(result, kOff).effect, unseen);
  result.spec.basis_file = "basis.safetensors";
  result.fit.text_fingerprint = "of other texts";
  EXPECT_THAT(concept_sentences(result, kOff).effect, AllOf(seen, Not(unseen)));
  EXPECT_THAT(concept_sentences(result, kOff).removal, seen);
  result.fit.text_fingerprint = concept_fingerprint(result.spec.set);
  EXPECT_THAT(concept_sentences(result, kOff).effect, AllOf(unseen, Not(seen)));
}

TEST(ConceptWords, ChanceCountsTheDraws) {
  ConceptResult result = made_concept();
  EXPECT_EQ(concept_sentences(result, kOff).chance, "");
  result.off_draws.own_words = {0, 1, 3};
  result.off_draws.control_text = {0, 0, 0};
  result.off_draws.own_words_p_one_sided = 0.5;
  result.off_draws.control_text_p_two_sided = 0.5;
  EXPECT_THAT(concept_sentences(result, kOff).chance,
              AllOf(HasSubstr("Of 3 random directions"),
                    HasSubstr("1 makes its words at least as much less likely "
                              "(one-sided p = 0.500; that this cell was "
                              "chosen among 2"),
                    HasSubstr("for the control text 0 of them at or above its "
                              "change, 3 at or below it (two-sided p = 0.500)"),
                    HasSubstr("No p below 0.25 is possible")));
  result.off_draws.own_words.assign(20, 0);
  EXPECT_THAT(concept_sentences(result, kOff).chance,
              Not(HasSubstr("No p below")));
  result.off_draws.own_words = {0, 1, 3};
  result.on_draws = result.off_draws;
  result.on_draws.own_words = {-2, 0, 0};
  EXPECT_THAT(concept_sentences(result, kOn).chance,
              AllOf(HasSubstr("1 makes its words at least as much more likely"),
                    Not(HasSubstr("chosen among"))));
}

TEST(ConceptWords, WarnOfFewTokensAndOfOneText) {
  ConceptResult result = made_concept();
  EXPECT_TRUE(concept_warnings(result).empty());
  result.n_control_report = 9;
  result.layers[0].cells[1].report.own_words.n = 1;
  const auto warnings = concept_warnings(result);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[0].code, "short_control_text");
  EXPECT_EQ(warnings[1].code, "one_text");
  EXPECT_THAT(warnings[1].text, HasSubstr("reports for off, so no"));
  EXPECT_THAT(concept_summary(result), HasSubstr("Warning: The control text"));
  result.layers[0].cells[2].report.own_words.n = 1;
  EXPECT_THAT(concept_warnings(result)[1].text, HasSubstr("for off and on,"));
  result.layers[0].cells[1].report.own_words.n = 4;
  EXPECT_THAT(concept_warnings(result)[1].text, HasSubstr("reports for on,"));
}

TEST(ConceptWords, PassOnWhatTheFitNoted) {
  ConceptResult result = made_concept();
  result.layers.push_back(result.layers[0]);
  result.layers[1].layer = 4;
  const auto noted = [](const std::string& note) {
    LinearParts parts;
    parts.basis = "leace";
    parts.atoms = Matrix<double>(1, 2);
    parts.note = note;
    return std::make_shared<const LinearBasis>(std::move(parts));
  };
  result.layers[0].basis = noted("");
  EXPECT_TRUE(concept_warnings(result).empty());
  result.layers[1].basis = noted("fitted on few tokens");
  const auto warnings = concept_warnings(result);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].code, "basis_fit");
  EXPECT_EQ(warnings[0].text,
            "The fit of the direction has a note at 1 of 2 layers (4); at "
            "layer 4: fitted on few tokens.");
}

}  // namespace
}  // namespace excise
