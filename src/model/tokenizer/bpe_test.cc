// The model and the pre-tokenizer where they have a fast way for bytes, against
// the way that serves every tokenizer; and rules that are easily had wrong.
#include "model/tokenizer/bpe.h"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/pre_tokenizer.h"
#include "model/tokenizer/tokenizer.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using Ids = std::vector<int>;

std::string in_alphabet(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += byte_character(static_cast<uint8_t>(c));
  return text;
}

std::string random_text(Random& random) {
  constexpr std::array<const char*, 14> kParts = {
      " ",      "  ",     "\n", "\t",     "a",      "Word",       "it's",
      "\u00E9", "\u4E2D", "12", "\u3000", "\u0301", "\U0001F415", "!?"};
  std::string text;
  for (uint64_t i = random.below(12); i > 0; --i)
    text += kParts[random.below(kParts.size())];
  return text;
}

TEST(PreTokenizerTest, TheFastWayOfBytesCutsAsTheOneOfEveryTokenizer) {
  const json digits = {{"type", "Digits"}, {"individual_digits", true}};
  Random random(5);
  for (const bool prefix : {false, true}) {
    for (const bool regex : {false, true}) {
      const json bytes = {{"type", "ByteLevel"},
                          {"add_prefix_space", prefix},
                          {"use_regex", regex}};
      const auto cutter = PreTokenizer::read(
          {{"type", "Sequence"}, {"pretokenizers", {digits, bytes}}}, "test");
      ASSERT_TRUE(cutter && cutter->is_of_bytes());
      for (int i = 0; i < 300; ++i) {
        const std::string text = random_text(random);
        std::vector<std::string> fast;
        ASSERT_TRUE(cutter->split(
            text, PreTokenizer::Place::kText,
            [&](std::string_view piece, bool blank) {
              fast.push_back(
                  in_alphabet((blank ? " " : "") + std::string(piece)));
            }));
        const auto slow =
            cutter->cut(AlignedText(text, 0), PreTokenizer::Place::kText);
        ASSERT_TRUE(slow);
        std::vector<std::string> pieces;
        for (const auto& [begin, end] : slow->pieces)
          pieces.push_back(slow->text.text().substr(begin, end - begin));
        EXPECT_EQ(fast, pieces) << text;
      }
    }
  }
}

TEST(BpeTest, TheFastWayOfBytesGivesTheTokensOfTheOneOfCharacters) {
  std::vector<std::pair<std::string, int64_t>> entries;
  for (unsigned byte = 0; byte < 256; ++byte)
    entries.emplace_back(byte_character(static_cast<uint8_t>(byte)), byte);
  for (const char* merged : {"\u0120a", "Wo", "rd", "Word", "\u00C3\u00A9"})
    entries.emplace_back(merged, static_cast<int64_t>(entries.size()));
  for (const bool whole : {false, true}) {
    auto vocabulary = *Vocabulary::create(entries, "test");
    for (const auto& [left, right] :
         {std::pair("\u0120", "a"), std::pair("W", "o"), std::pair("r", "d"),
          std::pair("Wo", "rd"), std::pair("\u00C3", "\u00A9")}) {
      ASSERT_TRUE(vocabulary.add_merge(left, right, "test", 1));
    }
    const Bpe model(vocabulary, {.ignore_merges = whole});
    Random random(6);
    for (int i = 0; i < 500; ++i) {
      const std::string text = random_text(random);
      Ids fast;
      Ids slow;
      std::vector<size_t> ends;
      ASSERT_TRUE(model.add_bytes(text, fast, &ends));
      ASSERT_TRUE(model.add_text(in_alphabet(text), slow, nullptr));
      EXPECT_EQ(fast, slow) << text;
      ASSERT_EQ(ends.size(), fast.size());
      EXPECT_TRUE(ends.empty() || ends.back() == text.size());
    }
  }
}

// Values of tokenizers 0.22.1 and 0.23.3.
class RulesTest : public testing::Test {
 protected:
  Ids ids(const json& file, std::string_view text) {
    folder_.write("tokenizer.json", file.dump());
    const auto tokenizer = Tokenizer::open(folder_.path());
    EXPECT_TRUE(tokenizer) << tokenizer.error().message;
    return tokenizer ? *tokenizer->encode(text) : Ids();
  }
  static json file(const json& vocabulary, const json& merges) {
    return {{"model",
             {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}};
  }

  TemporaryFolder folder_;
};

TEST_F(RulesTest, ACharacterThatIsLeftOutLetsItsNeighboursMerge) {
  const json vocabulary = {{"a", 0}, {"b", 1}, {"ab", 2}};
  EXPECT_EQ(ids(file(vocabulary, json::array({"a b"})), "a\u00E7b"), Ids{2});
}

TEST_F(RulesTest, TheLaterOfTwoMergesOfAPairCounts) {
  const json vocabulary = {{"a", 0}, {"b", 1}, {"c", 2}, {"ab", 3}, {"bc", 4}};
  EXPECT_EQ(ids(file(vocabulary, json::array({"a b", "b c", "a b"})), "abc"),
            (Ids{0, 4}));
}

TEST_F(RulesTest, AnAddedTokenGetsTheNextIdByCount) {
  json one = file({{"a", 0}, {"b", 5}}, json::array());
  one["added_tokens"] = json::array({{{"id", 10}, {"content", "<x>"}}});
  EXPECT_EQ(ids(one, "ab<x>"), (Ids{0, 5, 2}));
}

TEST_F(RulesTest, AllBytesOfACharacterAreThereOrNone) {
  json one = file({{"<unk>", 0}, {"<0xC3>", 1}, {"a", 2}}, json::array());
  one["model"]["byte_fallback"] = true;
  one["model"]["unk_token"] = "<unk>";
  EXPECT_EQ(ids(one, "\u00E9"), Ids{0});
  one["model"]["vocab"]["<0xA9>"] = 3;
  EXPECT_EQ(ids(one, "\u00E9"), (Ids{1, 3}));
  // An unknown one waits for the next entry: bytes come before it.
  EXPECT_EQ(ids(one, "\u4E2D\u00E9a"), (Ids{1, 3, 0, 2}));
}

TEST_F(RulesTest, BlanksInFrontAreThoseOfTheRule) {
  const json vocabulary = {{"\u2581", 0}, {"a", 1}, {"\u2581\u2581", 2}};
  json one = file(vocabulary, json::array({"\u2581 \u2581"}));
  one["added_tokens"] =
      json::array({{{"id", 3}, {"content", "<x>"}, {"special", true}}});
  struct Rule {
    const char* scheme;
    Ids plain, blank, behind;  // of "a", " a", "<x>a"
  };
  for (const auto& [scheme, plain, blank, behind] :
       std::vector<Rule>{{"always", {0, 1}, {0, 1}, {3, 0, 1}},
                         {"first", {0, 1}, {0, 1}, {3, 1}},
                         {"never", {1}, {0, 1}, {3, 1}}}) {
    one["pre_tokenizer"] = {{"type", "Metaspace"},
                            {"replacement", "\u2581"},
                            {"prepend_scheme", scheme},
                            {"split", false}};
    EXPECT_EQ(ids(one, "a"), plain) << scheme;
    EXPECT_EQ(ids(one, " a"), blank) << scheme;
    EXPECT_EQ(ids(one, "<x>a"), behind) << scheme;
  }
  one.erase("pre_tokenizer");
  one["normalizer"] = {{"type", "Sequence"},
                       {"normalizers",
                        {{{"type", "Prepend"}, {"prepend", "\u2581"}},
                         {{"type", "Replace"},
                          {"pattern", {{"String", " "}}},
                          {"content", "\u2581"}}}}};
  EXPECT_EQ(ids(one, " a"), (Ids{2, 1}));
  EXPECT_EQ(ids(one, "<x>a"), (Ids{3, 0, 1}));
  EXPECT_EQ(ids(one, ""), Ids());
  // A word within a text has the blank that it is given.
  const auto tokenizer = Tokenizer::open(folder_.path());
  EXPECT_EQ(*tokenizer->encode_word("a"), Ids{1});
  EXPECT_EQ(*tokenizer->encode_word(" a"), (Ids{0, 1}));
}

TEST_F(RulesTest, OfTokensThatOverlapTheLongestIsFoundAndRawTextComesFirst) {
  json one = file({{"a", 0}, {"d", 1}}, json::array());
  one["added_tokens"] = {
      {{"id", 2}, {"content", "ab"}, {"normalized", false}},
      {{"id", 3}, {"content", "abc"}, {"normalized", false}},
      {{"id", 4}, {"content", "zabc"}, {"normalized", true}}};
  EXPECT_EQ(ids(one, "abcd"), (Ids{3, 1}));
  EXPECT_EQ(ids(one, "zabcd"), (Ids{3, 1}));
}

TEST_F(RulesTest, TextsOfTokensAreWhatTheyStandFor) {
  json one =
      file({{"\u2581the", 0}, {"<0x0A>", 1}, {"<0xE2>", 2}}, json::array());
  folder_.write("tokenizer.json", one.dump());
  const auto tokenizer = Tokenizer::open(folder_.path());
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->piece(0), " the");
  EXPECT_EQ(tokenizer->piece(1), "\n");
  EXPECT_EQ(tokenizer->piece(2), "\\xE2");
  one["decoder"] = {{"type", "Metaspace"}, {"replacement", "\u2581"}};
  folder_.write("tokenizer.json", one.dump());
  const auto other = Tokenizer::open(folder_.path());
  EXPECT_EQ(*other->decode(Ids{0, 0}), " the the");
  EXPECT_EQ(*other->decode_text(Ids{0, 0}), "the the");
}

}  // namespace
}  // namespace excise
