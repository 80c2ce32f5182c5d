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

TEST(NumberLists, ABackwardRangeIsNamed) {
  EXPECT_NE(parse_numbers("0, 5-3", "x")
                .error()
                .message.find("got \"0, 5-3\", where 5-3 runs backward"),
            std::string::npos);
  EXPECT_NE(parse_layers("5 - 3", 12).error().message.find("5 - 3 runs"),
            std::string::npos);
  EXPECT_EQ(parse_layers("x,3-5", 12).error().message.find("backward"),
            std::string::npos);
}

TEST(ParseLayers, NegativeOnesAreNotCountedFromTheEnd) {
  for (const char* list : {"-1", "0, -1", "0--1"}) {
    EXPECT_NE(parse_layers(list, 12).error().message.find(
                  "layers count from 0, never from the end; the last is 11"),
              std::string::npos)
        << list;
  }
  EXPECT_EQ(parse_layers("3-x", 12).error().message.find("never"),
            std::string::npos);
}

}  // namespace
}  // namespace excise
