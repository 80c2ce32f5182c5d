#include "experiment/common/few_draws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::HasSubstr;

TEST(FewDrawsTest, AreToldWhereNoVerdictCanFollow) {
  const std::string note = few_draws_note("random-rank=5", 5, Tail::kTwoSided);
  EXPECT_THAT(note, HasSubstr("with random-rank=5 no p can be below 0.33"));
  EXPECT_THAT(note, HasSubstr("40 draws are the fewest for p < 0.05"));
  EXPECT_THAT(few_draws_note("--random 19", 19, Tail::kAbove),
              HasSubstr("20 draws are the fewest"));
}

TEST(FewDrawsTest, AreNotToldWhereOneCan) {
  EXPECT_EQ(few_draws_note("random-rank=40", 40, Tail::kTwoSided), "");
  EXPECT_EQ(few_draws_note("--random 20", 20, Tail::kAbove), "");
  EXPECT_EQ(few_draws_note("--random 0", 0, Tail::kAbove), "");
}

}  // namespace
}  // namespace excise
