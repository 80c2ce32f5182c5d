#include "experiment/task/task_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refused(std::string_view text) {
  const auto file = parse_task(text, "task.tsv");
  return file ? "" : file.error().message;
}

TEST(TaskFile, ReadsATableByItsHeading) {
  const auto file = parse_task(
      "group\tanswer\tprompt\tfoil\tsource\r\n"
      "capitals\t Paris\tThe capital of France is\t Rome\tx\r\n"
      "\n"
      "\t 4\t# 2 + 2 = \t\ty",
      "task.tsv");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->rows.size(), 2U);
  EXPECT_EQ(file->rows[0].prompt, "The capital of France is");
  EXPECT_EQ(file->rows[0].answer, " Paris");
  EXPECT_EQ(file->rows[0].foil, " Rome");
  EXPECT_EQ(file->rows[0].group, "capitals");
  EXPECT_FALSE(file->rows[0].counterpart);
  EXPECT_EQ(file->rows[1].line, 4U);
  EXPECT_EQ(file->rows[1].prompt, "# 2 + 2 = ");
  EXPECT_FALSE(file->rows[1].foil);
  EXPECT_THAT(file->unread, ElementsAre("source"));
}

TEST(TaskFile, ReadsQuotedFields) {
  const auto file = parse_task(
      "prompt,answer,counterpart\n"
      "\"Yes, he said: \"\"I\",\" am\",\"No, he\nsaid: \"\"I\"\n"
      "It, is\n",
      "task.csv");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message,
              AllOf(HasSubstr("line 4"), HasSubstr("expected 3 fields"),
                    HasSubstr("got 2")));
  const auto right = parse_task(
      "prompt,answer,counterpart\n"
      "\"Yes, he said: \"\"I\",\" am\",\"No, he\nsaid: \"\"I\"\n",
      "task.csv");
  ASSERT_TRUE(right) << right.error().message;
  EXPECT_EQ(right->rows[0].prompt, "Yes, he said: \"I");
  EXPECT_EQ(right->rows[0].counterpart, "No, he\nsaid: \"I");
}

TEST(TaskFile, ReadsJsonLines) {
  const auto file = parse_task(
      "{\"prompt\": \"a\\tb\", \"answer\": \" c\", \"foil\": null}\n\n"
      "{\"answer\": \" d\", \"prompt\": \"a\", \"foil\": \" e\", \"id\": 3}\n",
      "task.jsonl");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->rows.size(), 2U);
  EXPECT_EQ(file->rows[0].prompt, "a\tb");
  EXPECT_FALSE(file->rows[0].foil);
  EXPECT_EQ(file->rows[1].line, 3U);
  EXPECT_EQ(file->rows[1].foil, " e");
  EXPECT_THAT(file->unread, ElementsAre("id"));
}

TEST(TaskFile, RefusesWithTheLine) {
  EXPECT_THAT(refused(""), HasSubstr("an empty file"));
  EXPECT_THAT(refused("prompt\tanswer\n"), HasSubstr("no prompt"));
  EXPECT_THAT(refused("prompt\tanwser\na\tb\n"),
              AllOf(HasSubstr("task.tsv, line 1"),
                    HasSubstr("expected the columns prompt and answer"),
                    HasSubstr("got \"prompt\", \"anwser\"")));
  EXPECT_THAT(refused("prompt\tanswer\tanswer\na\tb\tc\n"),
              HasSubstr("expected one column answer, got 2"));
  EXPECT_THAT(refused("prompt\tanswer\na\t b\nc\t \n"),
              AllOf(HasSubstr("line 3"), HasSubstr("expected an answer")));
  EXPECT_THAT(refused("prompt\tanswer\n\t b\n"),
              AllOf(HasSubstr("line 2"), HasSubstr("expected a prompt")));
  EXPECT_THAT(refused("prompt\tanswer\tfoil\na\t b\t \n"),
              HasSubstr("blanks alone"));
  EXPECT_THAT(refused("prompt\tanswer\na\t b\na\t c\na\t b\n"),
              AllOf(HasSubstr("line 4"), HasSubstr("those of line 2 again")));
  EXPECT_THAT(refused("prompt\tanswer\na\t \xFF\n"),
              AllOf(HasSubstr("line 2"), HasSubstr("expected UTF-8")));
  EXPECT_THAT(refused("{\"prompt\": \"a\"}\n"),
              AllOf(HasSubstr("line 1"), HasSubstr("got \"prompt\"")));
  EXPECT_THAT(refused("{\"prompt\": \"a\", \"answer\": \" b\"}\n{\"prompt\n"),
              AllOf(HasSubstr("line 2"), HasSubstr("a JSON object")));
  EXPECT_THAT(refused("{\"prompt\": \"a\", \"answer\": 4}\n"),
              AllOf(HasSubstr("answer as a string"), HasSubstr("number")));
}

TEST(TaskFile, RefusesAMillionRowsUnread) {
  std::string text = "prompt\tanswer\n";
  for (size_t i = 0; i < 1'000'000; ++i) text += "a\tb\n";
  EXPECT_THAT(refused(text), AllOf(HasSubstr("at most 100000 lines"),
                                   HasSubstr("got 1000001")));
}

}  // namespace
}  // namespace excise
