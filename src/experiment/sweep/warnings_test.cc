// What a reader has to know first, where it must be said and where not.
#include "experiment/sweep/warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(WarningWords, ComeBeforeEverything) {
  SweepResult result = identity(60, {1, 1});
  std::ranges::fill(result.ids, 7);
  const auto passages = summary_passages(result, summary_of(result));
  EXPECT_EQ(passages.front().topic, "warnings");
  EXPECT_THAT(passages.front().text, HasSubstr("repeat an earlier one"));
}

TEST(WarningWords, OneNumberAndSeveral) {
  SweepResult result = identity(60, {1, 1});
  EXPECT_THAT(passage(result, "warnings"), IsEmpty());
  result.findings[0].removal.kl[2] = kNaN;
  EXPECT_EQ(passage(result, "warnings"), "Note: 1 number is NaN or infinite.");
  // It is none of those that are tested.
  EXPECT_TRUE(summary_of(result).layers[0].removal.effect.default_n.p);
  result.findings[1].removal.kl[2] = kNaN;
  EXPECT_EQ(passage(result, "warnings"),
            "Note: 2 numbers are NaN or infinite.");
}

TEST(WarningWords, HalfRepeatedIsNotWarnedOf) {
  SweepResult result = identity(5, {1});
  result.ids = {1, 2, 1, 2, 1};  // 4 predictions, 2 of them again
  EXPECT_THAT(passage(result, "warnings"), IsEmpty());
  result = identity(6, {1});
  result.ids = {1, 2, 1, 2, 1, 2};
  EXPECT_THAT(passage(result, "warnings"),
              HasSubstr("60 % of the predictions in the text repeat"));
}

TEST(WarningWords, PassOnWhatTheFitNoted) {
  SweepResult result = identity(60, {1, 1, 1});
  EXPECT_THAT(passage(result, "warnings"), IsEmpty());
  result.findings[1].basis_note = "sources depend on the seed";
  result.findings[2].basis_note = "sources depend on it too";
  EXPECT_THAT(passage(result, "warnings"),
              HasSubstr("The fit of the basis has a note at 2 of 3 layers (1, "
                        "2); at layer 1: sources depend on the seed."));
}

}  // namespace
}  // namespace excise
