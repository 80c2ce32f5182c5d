#include "model/tokenizer/pre_tokenizer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace excise {
namespace {

using Pieces = std::vector<std::string>;

Pieces split(std::string_view text) {
  Pieces pieces;
  const auto gpt2 = PreTokenizer::gpt2(false);
  EXPECT_TRUE(gpt2);
  EXPECT_TRUE(gpt2->split(
      text, PreTokenizer::Place::kText,
      [&](std::string_view piece, bool) { pieces.emplace_back(piece); }));
  return pieces;
}

TEST(PreTokenizerTest, CutsAsGpt2Does) {
  EXPECT_EQ(split("I'll pay $30,  don't\n\nyou?"),
            (Pieces{"I", "'ll", " pay", " $", "30", ",", " ", " don", "'t",
                    "\n", "\n", "you", "?"}));
  EXPECT_EQ(split("  a \t "), (Pieces{" ", " a", " \t "}));
  EXPECT_EQ(split(""), Pieces());
}

// Characters about which versions of Unicode, or PCRE2's \s, disagree with
// Hugging Face.
TEST(PreTokenizerTest, KnowsLettersNumbersAndSpacesOfUnicode16) {
  for (const char* letter : {"\u00E9", "\u4E2D", "\U00031350", "\U000323AF",
                             "\U0001E030", "\U000105C0"}) {
    EXPECT_EQ(split(std::string("a") + letter).size(), 1U) << letter;
  }
  for (const char* number : {"\u00BD", "\u0663", "\U00011BF0", "\U0001CCF9"}) {
    EXPECT_EQ(split(std::string("1") + number).size(), 1U) << number;
  }
  for (const char* space : {"\u0085", "\u00A0", "\u2028", "\u3000"}) {
    EXPECT_EQ(split(std::string("\t") + space).size(), 1U) << space;
  }
  for (const char* other : {"\u180E", "\u200B", "\uFEFF", "\u0301"}) {
    EXPECT_EQ(split(std::string("!") + other).size(), 1U) << other;
  }
}

}  // namespace
}  // namespace excise
