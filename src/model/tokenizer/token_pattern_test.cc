#include "model/tokenizer/token_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TokenPatternTest : public testing::Test {
 protected:
  const Tokenizer tokenizer_ =
      Tokenizer::open(EXCISE_SOURCE_DIR "/models/baker-7m").value();
  const std::vector<int> ids_ =
      tokenizer_.encode("He saw her; she saw him.").value();

  std::vector<std::string> matched(std::string_view pattern) const {
    const auto matches = tokens_that_match(tokenizer_, ids_, pattern);
    EXPECT_TRUE(matches) << matches.error().message;
    std::vector<std::string> pieces;
    for (size_t t = 0; t < ids_.size(); ++t) {
      if (matches.value()[t]) pieces.push_back(tokenizer_.piece(ids_[t]));
    }
    return pieces;
  }
};

TEST_F(TokenPatternTest, IsSearchedForInEachPiece) {
  EXPECT_THAT(matched("^ her$"), ElementsAre(" her"));
  EXPECT_THAT(matched("saw"), ElementsAre(" saw", " saw"));
  EXPECT_THAT(matched(R"(^\W+$)"), ElementsAre(";", "."));
  EXPECT_THAT(matched("zebra"), ElementsAre());
}

TEST_F(TokenPatternTest, WhatIsNoPatternIsAnError) {
  const auto matches = tokens_that_match(tokenizer_, ids_, "(her");
  ASSERT_FALSE(matches);
  EXPECT_EQ(matches.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(matches.error().message, HasSubstr("byte 4"));
}

TEST(TokenPattern, PartsOfCharactersMatchNothing) {
  const auto any = TokenPattern::compile("^.$").value();
  EXPECT_TRUE(any.matches("\xe2\x80\x99").value());
  EXPECT_FALSE(any.matches("\xe2\x80").value());
}

TEST(TokenPattern, WhatTakesTooLongIsAnError) {
  const auto slow = TokenPattern::compile("(a+)+$").value();
  EXPECT_FALSE(slow.matches(std::string(40, 'a') + "b"));
}

}  // namespace
}  // namespace excise
