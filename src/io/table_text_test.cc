#include "io/table_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/text_file.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Fields = std::vector<std::string>;

std::vector<Fields> fields(std::string_view text) {
  std::vector<Fields> out;
  for (TableRow& row : table_rows(text)) out.push_back(std::move(row.fields));
  return out;
}

// Each text but the last two as Python's csv.writer writes it.
TEST(TableText, ReadsWhatCsvWriterWrites) {
  EXPECT_THAT(
      fields("him\ther\r\n\"\"\"I saw him,\"\" she\"\t\"a\tb\"\r\n"),
      ElementsAre(Fields{"him", "her"}, Fields{"\"I saw him,\" she", "a\tb"}));
  EXPECT_THAT(fields("him,her\r\n\"a, b\",c\r\n"),
              ElementsAre(Fields{"him", "her"}, Fields{"a, b", "c"}));
  EXPECT_THAT(
      fields("\"him\";\"her\"\n\"a\";\"b\nc\"\nd;e"),
      ElementsAre(Fields{"him", "her"}, Fields{"a", "b\nc"}, Fields{"d", "e"}));
  // Quotes that are of the text.
  EXPECT_THAT(
      fields("him\ther\n\"Him?\" a\t\"Her?\" a\nb \"c\"\td"),
      ElementsAre(Fields{"him", "her"}, Fields{"\"Him?\" a", "\"Her?\" a"},
                  Fields{"b \"c\"", "d"}));
  EXPECT_THAT(fields("a\tb\n\"open\tc"),
              ElementsAre(Fields{"a", "b"}, Fields{"\"open", "c"}));
}

TEST(TableText, CountsLinesAndEmptyFields) {
  const auto rows = table_rows("# note\n\nhim\ther\n\"a\nb\"\t\nc\t\td");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].line, 3U);
  EXPECT_EQ(rows[1].line, 4U);
  EXPECT_EQ(rows[2].line, 6U);
  EXPECT_EQ(rows[1].fields, (Fields{"a\nb", ""}));
  EXPECT_EQ(rows[2].fields, (Fields{"c", "", "d"}));
}

TEST(PlainText, LeavesMarksOutAndReadsLineEndsOfWindows) {
  const auto text = plain_text(
      "\xEF\xBB\xBF"
      "a\r\nb\rc\n",
      "x");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->text, "a\nb\rc\n");
  EXPECT_EQ(text->windows_line_ends, 1U);
}

TEST(PlainText, NamesOtherEncodings) {
  const std::string wide("h\0i\0m\0\n\0", 8);
  for (const std::string& text : {"\xFF\xFE" + wide, wide}) {
    const auto refused = plain_text(text, "p.tsv");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBadFile);
    EXPECT_THAT(refused.error().message,
                HasSubstr("p.tsv: expected UTF-8, got"));
    EXPECT_THAT(refused.error().message, HasSubstr("iconv -f UTF-16"));
  }
  const auto old = plain_text("a\ncaf\xE9\n", "p.tsv");
  ASSERT_FALSE(old);
  EXPECT_THAT(old.error().message, HasSubstr("p.tsv, line 2"));
  EXPECT_THAT(old.error().message, HasSubstr("0xE9"));
  EXPECT_THAT(old.error().message, HasSubstr("iconv -f CP1252 -t UTF-8 p.tsv"));
}

}  // namespace
}  // namespace excise
