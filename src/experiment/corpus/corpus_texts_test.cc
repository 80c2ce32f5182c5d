#include "experiment/corpus/corpus_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct ReadTexts {
  std::vector<CorpusText> texts;
  std::vector<SkippedText> skipped;
  Status status;
};

ReadTexts read(CorpusSpec spec, const std::vector<std::string>& names) {
  ReadTexts found;
  spec.texts = names;
  found.status = read_corpus(
      spec,
      [&](CorpusText text) -> Status {
        found.texts.push_back(std::move(text));
        return {};
      },
      [&](SkippedText text) -> Status {
        found.skipped.push_back(std::move(text));
        return {};
      });
  return found;
}

std::vector<std::string> contents(const ReadTexts& found) {
  std::vector<std::string> all;
  for (const CorpusText& text : found.texts) all.push_back(text.text);
  return all;
}

TEST(CorpusTextsTest, AFolderIsReadByNameAndBelow) {
  TemporaryFolder folder;
  folder.write("b.txt", "second\n");
  folder.write("a.txt", "first\n");
  folder.write("deep/c.txt", "third");
  folder.write(".hidden/d.txt", "no");
  folder.write(".e.txt", "no");
  folder.write("picture.png", "\x89PNG");
  CorpusSpec spec;
  spec.unit = "folder";
  const ReadTexts found = read(spec, {folder.path().string()});
  ASSERT_TRUE(found.status);
  EXPECT_THAT(contents(found), ElementsAre("first", "second", "third"));
  EXPECT_EQ(found.texts[0].unit, folder.path().filename());
  EXPECT_EQ(found.texts[2].unit, "deep");
  ASSERT_EQ(found.skipped.size(), 1U);
  EXPECT_THAT(found.skipped[0].reason, HasSubstr("that end in .png"));
}

TEST(CorpusTextsTest, JsonLinesHaveATextALine) {
  TemporaryFolder folder;
  const auto file = folder.write(
      "t.jsonl",
      "\xEF\xBB\xBF{\"story\": \"one\", \"by\": \"x\", \"year\": 1890}\n"
      "\n"
      "{\"story\": \"two\", \"by\": \"y\", \"year\": 1891}\r\n"
      "{\"story\": 3, \"by\": \"y\", \"year\": 1}\n"
      "{\"story\": \"no year\", \"by\": \"y\"}\n"
      "{\"story\": \"  \", \"by\": \"y\", \"year\": 1}\n"
      "{\"story\": \"bad \xFF\", \"by\": \"y\", \"year\": 1}\n"
      "not json\n"
      "{\"story\": \"last\", \"by\": \"z\", \"year\": 1}");
  CorpusSpec spec;
  spec.field = "story";
  spec.unit = "by";
  spec.group = "year";
  const ReadTexts found = read(spec, {file.string()});
  ASSERT_TRUE(found.status);
  EXPECT_THAT(contents(found), ElementsAre("one", "two", "last"));
  EXPECT_EQ(found.texts[0].name, file.string() + ":1");
  EXPECT_EQ(found.texts[1].name, file.string() + ":3");
  EXPECT_EQ(found.texts[1].unit, "y");
  EXPECT_EQ(found.texts[0].group, "1890");
  std::vector<std::string> reasons;
  for (const SkippedText& text : found.skipped) reasons.push_back(text.reason);
  EXPECT_THAT(reasons,
              ElementsAre("no text in field \"story\"", "no field \"year\"",
                          "an empty text", HasSubstr("not UTF-8 at byte 15"),
                          "not a JSON object"));
}

TEST(CorpusTextsTest, ATableHasATextARow) {
  TemporaryFolder folder;
  const auto file = folder.write("t.csv",
                                 "id,text,author\n"
                                 "1,\"a text, with a comma\nand a line\",x\n"
                                 "#2,# is no comment here,y\n"
                                 "3\n");
  CorpusSpec spec;
  spec.unit = "author";
  const ReadTexts found = read(spec, {file.string()});
  ASSERT_TRUE(found.status);
  EXPECT_THAT(contents(found), ElementsAre("a text, with a comma\nand a line",
                                           "# is no comment here"));
  EXPECT_EQ(found.texts[1].unit, "y");
  EXPECT_EQ(found.texts[1].name, file.string() + ":4");
  ASSERT_EQ(found.skipped.size(), 1U);
}

TEST(CorpusTextsTest, AColumnThatIsNotThereIsAnErrorWithThoseThatAre) {
  TemporaryFolder folder;
  const auto file = folder.write("t.csv", "id,story\n1,a\n");
  const ReadTexts found = read(CorpusSpec(), {file.string()});
  ASSERT_FALSE(found.status);
  EXPECT_THAT(found.status.error().message,
              HasSubstr("expected a column \"text\", got id, story"));
}

TEST(CorpusTextsTest, ABrokenFileIsLeftOutAndAMissingOneIsNot) {
  TemporaryFolder folder;
  folder.write("a.txt", "caf\xE9");
  folder.write("b.txt", "good");
  folder.write("c.txt", "");
  ReadTexts found = read(CorpusSpec(), {folder.path().string()});
  ASSERT_TRUE(found.status);
  EXPECT_THAT(contents(found), ElementsAre("good"));
  ASSERT_EQ(found.skipped.size(), 2U);
  EXPECT_THAT(found.skipped[0].reason, HasSubstr("expected UTF-8"));
  found = read(CorpusSpec(), {(folder.path() / "none").string()});
  ASSERT_FALSE(found.status);
  EXPECT_EQ(found.status.error().code, ErrorCode::kIo);
}

TEST(CorpusTextsTest, ReadingIsToldByBytesOfAllFiles) {
  TemporaryFolder folder;
  CorpusSpec spec;
  spec.texts = {folder.write("a.txt", "12345\n").string(),
                folder.write("b.jsonl", "{\"text\": \"b\"}\n\nno\n").string(),
                folder.write("c.csv", "text\none\ntwo\n").string()};
  std::vector<size_t> done;
  const Status status = read_corpus(
      spec, [](CorpusText) -> Status { return {}; },
      [](SkippedText) -> Status { return {}; },
      [&](size_t bytes, size_t total) {
        EXPECT_EQ(total, 6 + 18 + 13);
        done.push_back(bytes);
      });
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_THAT(done, ElementsAre(6, 6 + 14, 6 + 18, 24, 28, 32, 37));
}

TEST(CorpusTextsTest, FilesAreThoseThatAreRead) {
  TemporaryFolder folder;
  folder.write("in/b.txt", "");
  folder.write("in/a.jsonl", "");
  folder.write("in/.hidden.txt", "");
  folder.write("in/picture.png", "");
  const std::string in = (folder.path() / "in").string();
  EXPECT_THAT(corpus_files({"-", in, "not there", in + "/picture.png"}),
              ElementsAre(in + "/a.jsonl", in + "/b.txt", "not there",
                          in + "/picture.png"));
}

TEST(CorpusTextsTest, ParquetIsSaidToBePythons) {
  TemporaryFolder folder;
  const auto file = folder.write("t.parquet", "PAR1");
  const ReadTexts found = read(CorpusSpec(), {file.string()});
  ASSERT_FALSE(found.status);
  EXPECT_EQ(found.status.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace excise
