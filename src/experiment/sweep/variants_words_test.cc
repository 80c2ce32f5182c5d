// What variants say, and the checklist, on made-up results.
#include "experiment/sweep/variants_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/sweep/checklist.h"
#include "experiment/sweep/evidence.h"
#include "experiment/sweep/swap.h"
#include "experiment/sweep/variants_results.h"
#include "testing/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr size_t kTokens = 400;

// Of two layers, the first hurt by 2 nats; each variant with these effects.
SweepResult with_variants(
    const std::vector<std::pair<Variant, std::array<double, 2>>>& variants) {
  SweepResult result = identity(kTokens, {2, 0});
  uint64_t seed = 700;
  for (const auto& [variant, means] : variants) {
    result.variants.push_back(variant);
    for (size_t l = 0; l < 2; ++l)
      result.findings[l].variants.push_back(
          made_effect(kTokens, 3, means[l], seed++).delta_logprob);
  }
  return result;
}

const Variant kKeep{VariantKind::kKeepOnly, "keep_only", "only it kept"};
const Variant kNone{VariantKind::kNoneKept, "none_kept", "nothing kept"};
const Variant kSeen{VariantKind::kVisible, "visible", "the visible part"};
const Variant kHalf{
    VariantKind::kStrength, "strength_half", "strength 0.5", {}, 0.5};

TEST(VariantsWords, SayNothingOfWhatWasNotAsked) {
  EXPECT_THAT(passage(identity(kTokens, {2, 0}), "variants"), IsEmpty());
  const std::string text =
      passage(with_variants({{kHalf, {1, 0}}}), "variants");
  EXPECT_THAT(text, Not(HasSubstr("Keeping")));
  EXPECT_THAT(text, Not(HasSubstr("dormant")));
}

TEST(VariantsWords, TellWhatTheSubspaceSaves) {
  const SweepResult result = with_variants({{kKeep, {1, 6}}, {kNone, {4, 3}}});
  const std::string text = passage(result, "variants");
  EXPECT_THAT(text, HasSubstr("costs something in 2 of 2 layers"));
  EXPECT_THAT(text, HasSubstr("keeping component 0 alone saves at least part "
                              "of it in 1 of 2 layers (0): 7"));
  EXPECT_THAT(
      text, HasSubstr("costs more than keeping nothing in 1 of 2 layers (1)"));
  const std::string none =
      passage(with_variants({{kKeep, {0, 0}}, {kNone, {0, 0}}}), "variants");
  EXPECT_THAT(none, HasSubstr("costs something in 0 of 2 layers"));
  EXPECT_THAT(none, Not(HasSubstr("saves")));
}

TEST(VariantsWords, DormantOnlyWhereTheVisiblePartDoesMuchLess) {
  EXPECT_THAT(
      passage(with_variants({{kSeen, {0.2, 0}}}), "variants"),
      HasSubstr("in 1 of 1 layer hurt by the whole (95 % interval): there "
                "the direction reads what is dormant"));
  EXPECT_THAT(passage(with_variants({{kSeen, {1.9, 0}}}), "variants"),
              Not(HasSubstr("dormant")));
}

const Variant kSwapped{VariantKind::kSwap, "swap", "swapped"};

// The other text costs `cost` nats a token behind token 9.
SweepResult with_swap(std::array<double, 2> means, double cost) {
  SweepResult result = with_variants({{kSwapped, means}});
  result.other_text = OtherTextFindings{
      .ids = result.ids,
      .first_difference = 9,
      .tested = tested_of_swap({}, kTokens, 9),
      .delta_logprob = made_effect(kTokens, 3, cost, 71).delta_logprob};
  return result;
}

TEST(VariantsWords, TellHowFarASwapGoes) {
  const std::string text = passage(with_swap({2, 0}, 4), "variants");
  EXPECT_THAT(text, HasSubstr("differs from token 9 on, have an effect on the "
                              "390 tokens behind it in 1 of 2 layers (0)"));
  EXPECT_THAT(text, HasSubstr("less likely by "));
  EXPECT_THAT(text, HasSubstr("part of that way in 1 of them (95 % interval "
                              "above 0): "));
  const std::string none = passage(with_swap({2, 0}, 0), "variants");
  EXPECT_THAT(none, HasSubstr("no share of a way to it is told"));
  EXPECT_THAT(none, Not(HasSubstr("part of that way")));
  EXPECT_THAT(passage(with_variants({{kHalf, {1, 0}}}), "variants"),
              Not(HasSubstr("swap")));
}

TEST(VariantsWords, CountVerdictsUnderOtherChoices) {
  const std::string same =
      passage(with_variants({{kHalf, {1, 0}}}), "variants");
  EXPECT_THAT(same, HasSubstr("in this many of 2 layers: 2 (strength 0.5), "));
  EXPECT_THAT(same, HasSubstr("Layer 0, the most harmful, is hurt under all 3 "
                              "other choices."));
  const std::string other =
      passage(with_variants({{kHalf, {-1, 0}}}), "variants");
  EXPECT_THAT(other, HasSubstr("layers: 1 (strength 0.5)"));
  EXPECT_THAT(other, HasSubstr("under 2 of the 3 other choices; not under "
                               "strength 0.5."));
}

TEST(VariantsResults, SayEachVerdict) {
  const Summary summary = summary_of(with_variants({{kHalf, {-1, 0}}}));
  const std::string csv = variants_csv(summary);
  EXPECT_THAT(csv, StartsWith("layer,variant,n,mean,"));
  EXPECT_THAT(csv, HasSubstr("0,strength_half,399,-"));
  EXPECT_THAT(csv, HasSubstr(",helps,hurts\n"));
  EXPECT_THAT(csv, HasSubstr("1,second_half,200,"));
}

TEST(Checklist, SaysWhatWasAskedAndWhatCameOut) {
  SweepResult result = with_variants({{kKeep, {1, 6}}, {kNone, {4, 3}}});
  const auto items = checklist_of(result, summary_of(result));
  const auto find = [&](const char* id) {
    return *std::ranges::find(items, id, &CheckItem::id);
  };
  EXPECT_TRUE(find("enough").asked);
  EXPECT_EQ(find("enough").outcome,
            "keeping nothing costs something in 2 of 2 layers; the subspace "
            "alone saves part of it in 1 of them");
  EXPECT_TRUE(find("tokens").asked);
  EXPECT_THAT(find("tokens").outcome, StartsWith("of 1 layer that t finds, "));
  EXPECT_TRUE(find("mean").asked);
  EXPECT_EQ(find("mean").outcome, "no mean is exchanged");
  for (const char* id : {"controls", "places", "parts", "swap", "choices",
                         "texts", "held_out"}) {
    EXPECT_FALSE(find(id).asked) << id;
    EXPECT_THAT(find(id).outcome, IsEmpty());
    EXPECT_THAT(find(id).option, HasSubstr("--"));
  }
  EXPECT_THAT(passage(result, "checklist"),
              StartsWith("Of 11 questions of a sceptical reader 8 were not "
                         "asked: random changes of the same size; "));
  EXPECT_EQ(not_asked({items[2]}), "");
  // Asked only where the output matrix reads the hook.
  result.spec.hook = HookPoint::kMlpPost;
  EXPECT_EQ(checklist_of(result, summary_of(result)).size(), 12U);
}

TEST(Evidence, AsksForAllThatWasNotAskedForOtherwise) {
  Spec spec;
  EXPECT_FALSE(with_evidence(spec).parts);
  spec.evidence = true;
  Spec all = with_evidence(spec);
  EXPECT_FALSE(all.evidence);
  EXPECT_TRUE(all.parts);
  EXPECT_EQ(controls_text(all.controls), "norm-matched=40,elsewhere=20");
  EXPECT_EQ(variants_text(all.variants), "keep-only,robustness,constant");
  spec.remove = {0, 1};
  EXPECT_EQ(variants_text(with_evidence(spec).variants),
            "keep-only,robustness");
  spec.remove = {0};
  spec.hook = HookPoint::kMlpPost;
  spec.controls = {{Control::kRandomRank, 100}};
  all = with_evidence(spec);
  EXPECT_EQ(controls_text(all.controls), "random-rank=100");
  EXPECT_EQ(variants_text(all.variants),
            "keep-only,visible,robustness,constant");
  EXPECT_TRUE(check_spec(spec));
  spec.compute = Compute::kBF16;
  EXPECT_FALSE(check_spec(spec));
}

}  // namespace
}  // namespace excise
