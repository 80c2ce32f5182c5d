#include "experiment/corpus/corpus_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "experiment/sweep/text_batch.h"
#include "testing/bundled_model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

std::string words(size_t count, const std::string& word = " dog") {
  std::string text = "The";
  for (size_t i = 1; i < count; ++i) text += word;
  return text;
}

class CorpusListTest : public ::testing::Test {
 protected:
  Result<CorpusList> list() {
    spec_.texts = {folder_.path().string()};
    return list_corpus(baker(), spec_, Progress());
  }
  TemporaryFolder folder_;
  CorpusSpec spec_;
};

TEST_F(CorpusListTest, WindowsOfATextAreOfOneLengthAndCoverIt) {
  folder_.write("a.txt", words(100));
  spec_.window = 30;
  const auto listed = list();
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->windows.size(), 4U);
  for (const Window& window : listed->windows) {
    EXPECT_EQ(window.tokens, 25U);
    EXPECT_EQ(window.context, 0U);
  }
  EXPECT_EQ(listed->ids, *baker().tokenizer->encode(words(100)));
  EXPECT_EQ(listed->texts[0].tokens, 100U);
}

// With context each token is measured once all the same.
TEST_F(CorpusListTest, TheOverlapIsReadAgainAndNotMeasuredAgain) {
  folder_.write("a.txt", words(97));
  spec_.window = 30;
  spec_.overlap = 10;
  const auto listed = list();
  ASSERT_TRUE(listed) << listed.error().message;
  const auto ids = *baker().tokenizer->encode(words(97));
  size_t measured = 0;
  for (const Window& window : listed->windows) {
    EXPECT_LE(window.tokens, 30U);
    EXPECT_EQ(window.context, measured == 0 ? 0U : 10U);
    const size_t begin = measured - window.context;
    EXPECT_TRUE(std::ranges::equal(
        listed->ids_of(window), std::span(ids).subspan(begin, window.tokens)));
    measured += window.tokens - window.context;
  }
  EXPECT_EQ(measured, 97U);
  EXPECT_EQ(listed->texts[0].tokens, 97U);
}

TEST_F(CorpusListTest, BatchesAreNeighboursUpToTheTokensOfAPass) {
  for (int i = 0; i < 30; ++i)
    folder_.write("t" + std::to_string(100 + i), words(70 + 3 * i));
  const auto listed = list();
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(listed->batches.front(), 0U);
  EXPECT_EQ(listed->batches.back(), 30U);
  for (size_t batch = 0; batch < listed->batch_count(); ++batch) {
    size_t tokens = 0;
    for (size_t i = listed->batches[batch]; i < listed->batches[batch + 1]; ++i)
      tokens += listed->windows[i].tokens;
    EXPECT_LE(tokens, kBatchTokens);
    if (batch + 1 < listed->batch_count()) {
      EXPECT_GT(tokens + listed->windows[listed->batches[batch + 1]].tokens,
                kBatchTokens);
    }
  }
}

TEST_F(CorpusListTest, ASampleIsDrawnByTheSeedInTheOrderOfTheTexts) {
  for (int i = 0; i < 50; ++i)
    folder_.write("t" + std::to_string(100 + i),
                  words(5, " d" + std::to_string(i)));
  spec_.sample = 10;
  const auto first = list();
  const auto again = list();
  spec_.seed = 1;
  const auto other = list();
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->texts.size(), 10U);
  EXPECT_TRUE(std::ranges::is_sorted(first->texts, {}, &ListedText::name));
  EXPECT_EQ(first->fingerprint(), again->fingerprint());
  EXPECT_NE(first->fingerprint(), other->fingerprint());
}

TEST_F(CorpusListTest, OfALongTextSoManyWindowsAreDrawn) {
  folder_.write("a.txt", words(1000));
  spec_.window = 20;
  spec_.windows_per_text = 7;
  const auto listed = list();
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->windows.size(), 7U);
  EXPECT_EQ(listed->texts[0].tokens, 7U * 20);
}

TEST_F(CorpusListTest, WhatCannotBeMeasuredIsListed) {
  folder_.write("a.txt", "The");  // nothing to predict
  folder_.write("b.txt", words(5));
  folder_.write("c.txt", words(5));
  const auto listed = list();
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->texts.size(), 2U);
  ASSERT_EQ(listed->skipped.size(), 1U);
  EXPECT_EQ(listed->skipped[0].reason, "fewer than 2 tokens");
  EXPECT_EQ(listed->repeated, 1U);
  spec_.strict = true;
  const auto strict = list();
  ASSERT_FALSE(strict);
  EXPECT_THAT(strict.error().message, testing::HasSubstr("a.txt"));
}

TEST_F(CorpusListTest, RefusesWindowsThatTheModelCannotRead) {
  folder_.write("a.txt", words(5));
  spec_.window = 100000;
  const auto listed = list();
  ASSERT_FALSE(listed);
  EXPECT_THAT(listed.error().message, testing::HasSubstr("the context"));
}

}  // namespace
}  // namespace excise
