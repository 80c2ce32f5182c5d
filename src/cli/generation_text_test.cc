#include "cli/generation_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::ElementsAre;

TEST(GenerationTextTest, LinesBreakAtSpacesNewlinesAndLongWords) {
  EXPECT_THAT(lines_of("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(lines_of("a\n\nb", 5), ElementsAre("a", "", "b"));
  EXPECT_THAT(lines_of("abcdefgh ij", 3),
              ElementsAre("abc", "def", "gh", "ij"));
  EXPECT_THAT(lines_of("ééé éé", 3), ElementsAre("ééé", "éé"));
  EXPECT_THAT(lines_of("", 3), ElementsAre(""));
}

TEST(GenerationTextTest, ColumnsAreEven) {
  Terminal terminal;
  terminal.width = 23;
  EXPECT_EQ(side_by_side(std::vector<TextColumn>{{"clean", "é one two three"},
                                                 {"edited", "x"}},
                         terminal),
            "clean        edited\n"
            "é one two    x\n"
            "three\n");
  terminal.width = 15;
  EXPECT_EQ(
      side_by_side(std::vector<TextColumn>{{"a", "x"}, {"b", "y z"}, {"c", ""}},
                   terminal),
      "a     b     c\n"
      "x     y z\n");
}

TEST(GenerationTextTest, SaysWhereTheyPart) {
  Continuation clean;
  Continuation edited;
  clean.ids = {1, 2, 3};
  edited.ids = {1, 2, 4};
  EXPECT_EQ(where_they_part(clean, edited, " man", " door"),
            "The same for 2 tokens; then clean goes on with \" man\", edited "
            "with \" door\".");
  edited.ids = {1, 2};
  EXPECT_EQ(where_they_part(clean, edited, " man", ""),
            "The same for 2 tokens; then clean goes on with \" man\", edited "
            "with nothing more.");
  edited.ids = clean.ids;
  EXPECT_EQ(where_they_part(clean, edited, "", ""),
            "The same in all 3 tokens.");
  clean.ids = edited.ids = {1};
  EXPECT_EQ(where_they_part(clean, edited, "", ""), "The same in its 1 token.");
  edited.ids = {2};
  EXPECT_THAT(where_they_part(clean, edited, "a", "b"),
              testing::StartsWith("They part at the first token: clean goes"));
}

}  // namespace
}  // namespace excise
