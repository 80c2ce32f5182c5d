#include "experiment/common/number_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseIds, TakesCommasAndSpaces) {
  EXPECT_THAT(parse_ids("464,3290, 318\n5").value(),
              ElementsAre(464, 3290, 318, 5));
}

TEST(ParseIds, RefusesWhatIsNoNumber) {
  for (const char* text :
       {"", " , ", "1,,2", "1,", ",1", "1,x", "1.5", "99999999999"}) {
    const auto ids = parse_ids(text);
    ASSERT_FALSE(ids) << text;
    EXPECT_EQ(ids.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(ids.error().message, HasSubstr("--ids"));
  }
}

}  // namespace
}  // namespace excise
