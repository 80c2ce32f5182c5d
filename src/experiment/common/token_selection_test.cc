#include "experiment/common/token_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kPieces = {"The",      " dog",     " did",
                                          " nothing", "\xe2\x80", "."};

std::vector<uint8_t> selected(const std::string& positions,
                              const std::string& pattern = "") {
  const auto edited = select_tokens({positions, pattern}, kPieces);
  EXPECT_TRUE(edited) << edited.error().message;
  return edited ? *edited : std::vector<uint8_t>();
}

std::string error_of(const std::string& positions,
                     const std::string& pattern = "") {
  const auto edited = select_tokens({positions, pattern}, kPieces);
  if (edited) return "no error";
  EXPECT_EQ(edited.error().code, ErrorCode::kBadInput);
  return edited.error().message;
}

TEST(SelectTokens, ByPosition) {
  EXPECT_THAT(selected("all"), ElementsAre(1, 1, 1, 1, 1, 1));
  EXPECT_THAT(selected("1-"), ElementsAre(0, 1, 1, 1, 1, 1));
  EXPECT_THAT(selected("0,2-3"), ElementsAre(1, 0, 1, 1, 0, 0));
}

TEST(SelectTokens, ByText) {
  EXPECT_THAT(selected("all", "^ d"), ElementsAre(0, 1, 1, 0, 0, 0));
  EXPECT_THAT(selected("2-", "^ d"), ElementsAre(0, 0, 1, 0, 0, 0));
  // Part of a character matches nothing.
  EXPECT_THAT(selected("all", "^.$"), ElementsAre(0, 0, 0, 0, 0, 1));
}

TEST(SelectTokens, SaysWhatIsWrong) {
  for (const char* positions : {"", "x", "3-1", "1-2-3", "-1", "1,", "1 2"})
    EXPECT_THAT(error_of(positions), HasSubstr("such as 0, 1- or 2-5,7"))
        << positions;
  EXPECT_THAT(error_of("6"), HasSubstr("0 to 5"));
  EXPECT_THAT(error_of("6-"), HasSubstr("0 to 5"));
  EXPECT_THAT(error_of("all", "("), HasSubstr("at byte 1"));
  EXPECT_THAT(error_of("all", "cat"), HasSubstr("none of this text"));
  EXPECT_FALSE(check_selection({"1-,", ""}));
  EXPECT_FALSE(check_selection({"all", "["}));
  EXPECT_TRUE(check_selection({"7-", "a|b"}));
}

TEST(ReachedTokens, AreThoseBehindTheFirstEdit) {
  const auto reached = [](std::vector<uint8_t> edited) {
    return reached_tokens(edited);
  };
  EXPECT_THAT(reached({1, 1, 1}), ElementsAre(1, 2));
  EXPECT_THAT(reached({0, 1, 0, 0}), ElementsAre(2, 3));
  EXPECT_THAT(reached({0, 0, 1}), IsEmpty());
}

}  // namespace
}  // namespace excise
