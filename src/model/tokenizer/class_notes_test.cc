#include "model/tokenizer/class_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const json kByteLevel = {{"type", "ByteLevel"}};
const json kDigits = {{"type", "Sequence"},
                      {"pretokenizers", {{{"type", "Digits"}}, kByteLevel}}};
const json kPrepend = {{"type", "Sequence"}, {"normalizers", json::array()}};
const json kTemplate = {{"type", "TemplateProcessing"}};

std::vector<std::string> notes(const char* model_type, const json& config,
                               const json& file) {
  TemporaryFolder folder;
  folder.write("config.json", json{{"model_type", model_type}}.dump());
  return class_notes(folder.path(), config, file);
}

json of_class(const char* name) { return {{"tokenizer_class", name}}; }

// What was seen of Transformers 5.24 and 4.57.3.
TEST(ClassNotesTest, ClassesThatBuildTheirOwnTokenizerAreTold) {
  const json digits = {{"pre_tokenizer", kDigits}};
  EXPECT_THAT(notes("starcoder2", of_class("GPT2Tokenizer"), digits),
              ElementsAre(HasSubstr("GPT2Tokenizer of Transformers 5 has")));
  EXPECT_THAT(notes("starcoder2", json::object(), digits),
              ElementsAre(HasSubstr("other ids")));
  EXPECT_THAT(notes("starcoder2", of_class("PreTrainedTokenizerFast"), digits),
              IsEmpty());
  EXPECT_THAT(notes("olmo2", of_class("GPT2Tokenizer"), digits), IsEmpty());
  EXPECT_THAT(notes("gpt2", of_class("GPT2TokenizerFast"),
                    {{"pre_tokenizer", kByteLevel}}),
              IsEmpty());
  EXPECT_THAT(notes("qwen2", of_class("PreTrainedTokenizerFast"), digits),
              ElementsAre(HasSubstr("Qwen2Tokenizer of Transformers 5")));
  EXPECT_THAT(notes("qwen3", of_class("PreTrainedTokenizerFast"), digits),
              IsEmpty());
}

TEST(ClassNotesTest, TokensAndBlanksInFrontThatDifferAreTold) {
  EXPECT_THAT(
      notes("gpt_neox", of_class("GPTNeoXTokenizer"),
            {{"pre_tokenizer", kByteLevel}, {"post_processor", kTemplate}}),
      ElementsAre(HasSubstr("leaves out the tokens")));
  EXPECT_THAT(
      notes("llama", of_class("LlamaTokenizer"), {{"normalizer", kPrepend}}),
      ElementsAre(HasSubstr("no second blank")));
  EXPECT_THAT(notes("llama", of_class("LlamaTokenizerFast"),
                    {{"pre_tokenizer", kByteLevel}}),
              ElementsAre(HasSubstr("Transformers 4 adds the token <s>")));
  EXPECT_THAT(notes("llama",
                    {{"tokenizer_class", "LlamaTokenizerFast"},
                     {"bos_token", "<|begin_of_text|>"}},
                    {{"pre_tokenizer", kByteLevel}}),
              IsEmpty());
}

TEST(ClassNotesTest, FilesThatSayNothingGiveNone) {
  for (const json& file : {json(), json(3), json::object(),
                           json{{"pre_tokenizer", "x"}, {"model", 1}}}) {
    EXPECT_THAT(notes("", json::object(), file), IsEmpty());
  }
}

}  // namespace
}  // namespace excise
