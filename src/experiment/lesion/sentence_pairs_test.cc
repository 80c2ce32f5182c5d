#include "experiment/lesion/sentence_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::HasSubstr;

std::string refused(std::string_view text) {
  const auto pairs = parse_pairs(text, "pairs.tsv");
  return pairs ? "" : pairs.error().message;
}

TEST(SentencePairs, FindsTheWordThatDiffers) {
  const auto set = parse_pairs(
      "him\ther\r\n"
      "\n"
      "# a comment\n"
      "We saw him.\tWe saw her.\r\n"
      "\"Him?\" they said.\t\"Her?\" they said.",
      "pairs.tsv");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->first_word, "him");
  EXPECT_EQ(set->second_word, "her");
  ASSERT_EQ(set->pairs.size(), 2U);
  EXPECT_EQ(set->pairs[0].line, 4U);
  EXPECT_EQ(set->pairs[0].first.word(), "him");
  EXPECT_EQ(set->pairs[0].second.word(), "her");
  EXPECT_EQ(set->pairs[1].first.word(), "Him");
}

// One of each of Unicode's categories of punctuation, symbols, separators and
// formats, and the numbers that are set as notes.
TEST(SentencePairs, AnySignEndsAWord) {
  const char* const signs[] = {
      "_",             // Pc
      "\u2014",        // Pd
      "(",             // Ps
      "\uFF5D",        // Pe
      "\u00AB",        // Pi
      "\u2019",        // Pf
      "\uFF1F",        // Po
      "\u061F",        // Po of Arabic
      "\u0964",        // Po of Devanagari
      "\u20AC",        // Sc
      "^",             // Sk
      "\u2192",        // Sm
      "\u2122",        // So
      "\U0001F642",    // So beyond 16 bits
      "\u2764\uFE0F",  // So with a mark of its own
      "\u00A0",        // Zs
      "\uFEFF",        // Cf
      "\u00B2",        // No
  };
  for (const std::string sign : signs) {
    SCOPED_TRACE(sign);
    for (const auto& [before, behind] :
         {std::pair(sign, std::string()), std::pair(std::string(), sign)}) {
      const auto set =
          parse_pairs("him\ther\nI saw " + before + "him" + behind +
                          "\tI saw " + before + "her" + behind,
                      "pairs.tsv");
      ASSERT_TRUE(set) << set.error().message;
      EXPECT_EQ(set->pairs[0].first.word(), "him");
      EXPECT_EQ(set->pairs[0].second.word(), "her");
    }
  }
}

TEST(SentencePairs, MarksAndJoinersAreOfTheWord) {
  const auto set = parse_pairs(
      "a\tb\n"
      "un ne\u0301.\tun ne.\n"
      "\u0928\u092E\u0938\u094D\u0924\u0947\u0964\t\u0928\u092E\u0964\n"
      "\u0645\u06CC\u200C\u062E\u0648\t\u0645\u06CC\u200C\u0631\u0648",
      "pairs.tsv");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->pairs[0].first.word(), "ne\u0301");
  EXPECT_EQ(set->pairs[0].second.word(), "ne");
  EXPECT_EQ(set->pairs[1].first.word(), "\u0928\u092E\u0938\u094D\u0924\u0947");
  EXPECT_EQ(set->pairs[2].second.word(), "\u0645\u06CC\u200C\u0631\u0648");
}

TEST(SentencePairs, NamesTheLine) {
  const std::string heading = "him\ther\n";
  EXPECT_THAT(refused(heading + "a him b his\ta her b hers"),
              HasSubstr("line 2: expected two sentences that differ in one "
                        "word, got 2 that differ: him / her, his / hers"));
  EXPECT_THAT(refused(heading + "\na b\ta b c"), HasSubstr("line 3"));
  EXPECT_THAT(refused(heading + "a b\ta b"), HasSubstr("same sentence"));
  EXPECT_THAT(refused(heading + "a b.\ta b!"), HasSubstr("punctuation"));
  EXPECT_THAT(refused(heading + "a b"), HasSubstr("two fields"));
  EXPECT_THAT(refused(heading + "a him\ta her\n\na him\ta her"),
              HasSubstr("line 4: expected each pair of sentences once, got "
                        "that of line 2 again"));
  EXPECT_THAT(refused(heading + "a\tb\tc"), HasSubstr("got 3"));
  EXPECT_THAT(refused(heading + "\"a\tb\"\ta"), HasSubstr("got a tab"));
  EXPECT_THAT(refused("We saw him.\tWe saw her."), HasSubstr("heading"));
  EXPECT_THAT(refused(heading), HasSubstr("no pair"));
  EXPECT_THAT(refused("# nothing"), HasSubstr("neither"));
}

TEST(SentencePairs, KeepTheLinesOfTheirFile) {
  const auto set = parse_pairs(
      "# of mine\nhim\ther\n\n# first\na him\ta her\nb him\tb her\n#\n"
      "c him\tc her\n",
      "pairs.tsv");
  ASSERT_TRUE(set);
  std::vector<std::string> rows = pair_rows(*set);
  EXPECT_THAT(rows, testing::ElementsAre("", "", "", "a him\ta her",
                                         "b him\tb her", "", "c him\tc her"));
  rows.insert(rows.begin(), "him\ther");
  const auto again = make_pairs(rows, "experiment.toml");
  ASSERT_TRUE(again);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(again->pairs[i].line, set->pairs[i].line);
  rows.back() = "c\tc";
  EXPECT_THAT(make_pairs(rows, "x").error().message, HasSubstr("line 8"));
}

TEST(SentencePairs, FindsTheWordAmongTheTokens) {
  const Model model =
      Model::open(std::string(EXCISE_SOURCE_DIR) + "/models/baker-7m").value();
  const auto set = parse_pairs(
      "him\tperplexingly\nWe saw him.\tWe saw perplexingly.", "pairs.tsv");
  ASSERT_TRUE(set);
  const auto first = place_word(model, set->pairs[0].first, 2);
  const auto second = place_word(model, set->pairs[0].second, 2);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->first_token, first->last_token);
  EXPECT_EQ(model.tokenizer->piece(first->ids[first->first_token]), " him");
  EXPECT_EQ(second->first_token, first->first_token);
  EXPECT_EQ(second->last_token, second->first_token + 1);
  EXPECT_EQ(model.tokenizer->piece(second->ids[second->last_token]), "ingly");
}

}  // namespace
}  // namespace excise
