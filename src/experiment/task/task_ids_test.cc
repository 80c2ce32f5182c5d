#include "experiment/task/task_ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "testing/bundled_model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// In the manner of Llama's: blanks as ▁, bytes of what has no token, <s> in
// front. z is an id that the bundled model does not have.
json llama_like() {
  const json bos = {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};
  const json first = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const json second = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  return {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens",
       {{{"id", 1},
         {"content", "<s>"},
         {"single_word", false},
         {"lstrip", false},
         {"rstrip", false},
         {"normalized", false},
         {"special", true}}}},
      {"normalizer",
       {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}},
      {"pre_tokenizer", nullptr},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single", {bos, first}},
        {"pair", {bos, first, second}},
        {"special_tokens",
         {{"<s>", {{"id", "<s>"}, {"ids", {1}}, {"tokens", {"<s>"}}}}}}}},
      {"decoder",
       {{"type", "Sequence"},
        {"decoders",
         {{{"type", "Replace"},
           {"pattern", {{"String", "▁"}}},
           {"content", " "}},
          {{"type", "ByteFallback"}},
          {{"type", "Fuse"}}}}}},
      {"model",
       {{"type", "BPE"},
        {"dropout", nullptr},
        {"unk_token", "<unk>"},
        {"continuing_subword_prefix", nullptr},
        {"end_of_word_suffix", nullptr},
        {"fuse_unk", true},
        {"byte_fallback", true},
        {"ignore_merges", false},
        {"vocab",
         {{"<unk>", 0},
          {"<s>", 1},
          {"▁", 2},
          {"a", 3},
          {"b", 4},
          {"c", 5},
          {"7", 6},
          {"8", 7},
          {"=", 8},
          {"▁a", 9},
          {"▁b", 10},
          {"bc", 11},
          {"<0xC3>", 12},
          {"<0xA9>", 13},
          {"<0xA8>", 14},
          {"z", 60000}}},
        {"merges", {"▁ a", "▁ b", "b c"}}}}};
}

class TaskIdsTest : public testing::Test {
 protected:
  TaskIdsTest() : model_(*Model::open(baker().path)) {
    std::ofstream(folder_.path() / "tokenizer.json") << llama_like().dump();
    auto tokenizer = Tokenizer::open(folder_.path());
    EXPECT_TRUE(tokenizer) << tokenizer.error().message;
    model_.tokenizer = std::move(*tokenizer);
  }

  TaskPrompt ids(TaskRow row) {
    auto prompt = task_prompt(model_, row);
    EXPECT_TRUE(prompt) << prompt.error().message;
    return prompt ? *prompt : TaskPrompt();
  }
  std::string refused(TaskRow row) {
    const auto prompt = task_prompt(model_, row);
    return prompt ? "" : prompt.error().message;
  }

  TemporaryFolder folder_;
  Model model_;
};

TEST_F(TaskIdsTest, DigitsThatSplitFromTheirBlankAreReadWhole) {
  const TaskPrompt prompt =
      ids({.prompt = "a =", .answer = " 7", .foil = " 8"});
  EXPECT_THAT(prompt.prompt, ElementsAre(1, 3, 2, 8));
  EXPECT_THAT(prompt.answer, ElementsAre(2, 6));
  EXPECT_THAT(prompt.foil, ElementsAre(2, 7));
}

TEST_F(TaskIdsTest, BlanksAtThePromptsEndBelongToTheAnswer) {
  const TaskPrompt prompt = ids({.prompt = "a = ", .answer = "a", .foil = "b"});
  EXPECT_THAT(prompt.prompt, ElementsAre(1, 3, 2, 8));
  EXPECT_THAT(prompt.answer, ElementsAre(9));
  EXPECT_THAT(prompt.foil, ElementsAre(10));
  // A prompt of nothing else leaves what the tokenizer puts in front.
  const TaskPrompt blank = ids({.prompt = " ", .answer = "a"});
  EXPECT_THAT(blank.prompt, ElementsAre(1));
  EXPECT_THAT(blank.answer, ElementsAre(9));
  EXPECT_TRUE(blank.foil.empty());
}

TEST_F(TaskIdsTest, BytesOfACharacterAreTokensOfTheAnswer) {
  const TaskPrompt prompt = ids({.prompt = "a", .answer = " é", .foil = " è"});
  EXPECT_THAT(prompt.answer, ElementsAre(2, 12, 13));
  EXPECT_THAT(prompt.foil, ElementsAre(2, 12, 14));
}

TEST_F(TaskIdsTest, BosIsThereOnceByTheTokenizersRule) {
  EXPECT_FALSE(ids({.prompt = "a", .answer = " b"}).begins_twice);
  const TaskPrompt twice = ids({.prompt = "<s>a", .answer = " b"});
  EXPECT_THAT(twice.prompt, ElementsAre(1, 1, 3));
  EXPECT_TRUE(twice.begins_twice);
  ASSERT_TRUE(model_.use({.bos = Bos::kNever}));
  const TaskPrompt once = ids({.prompt = "<s>a", .answer = " b"});
  EXPECT_THAT(once.prompt, ElementsAre(1, 3));
  EXPECT_FALSE(once.begins_twice);
  EXPECT_THAT(ids({.prompt = "a", .answer = " b"}).prompt, ElementsAre(3));
  EXPECT_THAT(refused({.prompt = " ", .answer = "b"}),
              HasSubstr("prompt: expected at least one token, got none"));
}

TEST_F(TaskIdsTest, RefusesByName) {
  EXPECT_THAT(refused({.prompt = "ab", .answer = "c"}),
              AllOf(HasSubstr("answer: expected a joint text that begins with "
                              "the prompt's tokens"),
                    HasSubstr("others from token 2 on")));
  EXPECT_THAT(refused({.prompt = "ab", .answer = " c", .foil = "c"}),
              HasSubstr("foil: expected a joint text"));
  // The sign that stands for a blank.
  EXPECT_THAT(refused({.prompt = "b", .answer = " a", .foil = "▁a"}),
              HasSubstr("answer and foil: expected different tokens"));
  for (const auto& [answer, foil] :
       {std::pair(" a", " a b"), std::pair(" a b", " a")}) {
    EXPECT_THAT(refused({.prompt = "b", .answer = answer, .foil = foil}),
                HasSubstr("neither as the beginning of the other"));
  }
  EXPECT_THAT(refused({.prompt = "a", .answer = "z"}), HasSubstr("60000"));
  EXPECT_THAT(refused({.prompt = std::string(3000, 'a'), .answer = " b"}),
              HasSubstr("the context of this model"));
}

TEST_F(TaskIdsTest, ARefusedRowDoesNotStopTheOthers) {
  const std::vector<TaskRow> rows = {{.prompt = "a", .answer = " b"},
                                     {.prompt = "ab", .answer = "c"},
                                     {.prompt = "a", .answer = " a"}};
  const auto found = task_prompts(model_, rows);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->prompts.size(), 2U);
  EXPECT_EQ(found->prompts[1].row, 2U);
  ASSERT_EQ(found->refused.size(), 1U);
  EXPECT_EQ(found->refused[0].row, 1U);
  model_.tokenizer.reset();
  EXPECT_FALSE(task_prompts(model_, rows));
}

}  // namespace
}  // namespace excise
